/** One stripped brain as different tools write it: a harmless change of the file must not change the map. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { segmentFiles } from '../../src/inference/segment-files.ts'
import { readModels } from '../../src/model/registry.ts'
import { openEngine } from '../../src/network/ort.ts'
import { readNifti } from '../../src/nifti/read.ts'
import { diceOf } from '../fixtures/dice.ts'

const REPORTS = resolve(import.meta.dirname, '../../../shared/data/reports')
const skip = existsSync(REPORTS) ? false : 'the files of public reports (../shared/data/reports) are not here'
const LIMITS = { maxFileBytes: 2 ** 28, maxInflatedBytes: 2 ** 30, maxVoxels: 2 ** 27 }
const TISSUE = [1, 2, 3]
const report = (name: string): string => join(REPORTS, `${name}.nii.gz`)
/** What the same brain was written as, and how much of it must stay. */
const DISGUISES = ['strip_z_bg0_small', 'strip_bgm1000_small', 'strip_outliers_small', 'strip_one_1e9_small']
const LEAST_DICE = 0.95

const folder = mkdtempSync(join(tmpdir(), 'onelabel-disguises-'))
let plain: Uint8Array
before(async () => {
  if (skip === false) plain = await labelsOf(report('strip_small'))
})
after(() => rmSync(folder, { recursive: true }))

async function labelsOf(scan: string): Promise<Uint8Array> {
  const [model] = await readModels(resolve(import.meta.dirname, '../../models'))
  const engine = await openEngine(model!.weightsPath, model!.card, { device: 'cpu', threads: 0 })
  const outPath = join(folder, 'labels.nii.gz')
  try {
    await segmentFiles({ scans: { t1: scan }, model: model!, outPath, limits: LIMITS }, engine)
  } finally {
    await engine.close()
  }
  return Uint8Array.from((await readNifti(outPath, LIMITS)).volume.data)
}

for (const name of DISGUISES) {
  test(`${name}: every tissue as in the plain file`, { skip }, async (t) => {
    const labels = await labelsOf(report(name))
    const scores = TISSUE.map((label) => diceOf(plain, labels, label))
    t.diagnostic(`Dice ${scores.map((score) => score.toFixed(3)).join(', ')}`)
    assert.ok(Math.min(...scores) >= LEAST_DICE, scores.join(', '))
  })
}

for (const inter of [1000, -100]) {
  test(`${inter} added to every value by the header: the same map`, { skip }, async () => {
    const bytes = gunzipSync(readFileSync(report('strip_small')))
    const header = new DataView(bytes.buffer, bytes.byteOffset)
    assert.deepEqual([header.getFloat32(112, true), header.getFloat32(116, true)], [1, 0])
    header.setFloat32(116, inter, true)
    const moved = join(folder, 'moved.nii')
    writeFileSync(moved, bytes)
    const labels = await labelsOf(moved)
    assert.ok(Math.min(...TISSUE.map((label) => diceOf(plain, labels, label))) > 0.9999)
  })
}
