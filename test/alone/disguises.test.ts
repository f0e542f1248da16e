/** One stripped brain as different tools write it: a harmless change of the file must not change the map. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { segmentFiles } from '../../src/inference/segment-files.ts'
import { readModels } from '../../src/model/registry.ts'
import { openEngine } from '../../src/network/ort.ts'
import { readNifti } from '../../src/nifti/read.ts'
import { diceOf } from '../fixtures/dice.ts'

const REPORTS = resolve(import.meta.dirname, '../../../shared/data/reports')
const skip = existsSync(REPORTS) ? false : 'the files of public reports (../shared/data/reports) are not here'
const LIMITS = { maxFileBytes: 2 ** 28, maxInflatedBytes: 2 ** 30, maxVoxels: 2 ** 27 }
const TISSUE = [1, 2, 3]
/** What the same brain was written as, and how much of it must stay. */
const DISGUISES = ['strip_z_bg0_small', 'strip_bgm1000_small', 'strip_outliers_small', 'strip_one_1e9_small']
const LEAST_DICE = 0.95

const folder = mkdtempSync(join(tmpdir(), 'onelabel-disguises-'))
let plain: Uint8Array
before(async () => {
  if (skip === false) plain = await labelsOf('strip_small')
})
after(() => rmSync(folder, { recursive: true }))

async function labelsOf(name: string): Promise<Uint8Array> {
  const [model] = await readModels(resolve(import.meta.dirname, '../../models'))
  const engine = await openEngine(model!.weightsPath, model!.card, { device: 'cpu', threads: 0 })
  const outPath = join(folder, `${name}.nii.gz`)
  try {
    await segmentFiles(
      { scans: { t1: join(REPORTS, `${name}.nii.gz`) }, model: model!, outPath, limits: LIMITS },
      engine,
    )
  } finally {
    await engine.close()
  }
  return Uint8Array.from((await readNifti(outPath, LIMITS)).volume.data)
}

for (const name of DISGUISES) {
  test(`${name}: every tissue as in the plain file`, { skip }, async (t) => {
    const labels = await labelsOf(name)
    const scores = TISSUE.map((label) => diceOf(plain, labels, label))
    t.diagnostic(`Dice ${scores.map((score) => score.toFixed(3)).join(', ')}`)
    assert.ok(Math.min(...scores) >= LEAST_DICE, scores.join(', '))
  })
}
