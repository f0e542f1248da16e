/**
 * Three real scans, as the command line takes them: T1 stripped, T1 in 2.4 mm stored A, I, L, FLAIR with its skull.
 * test/all-real-scans.ts does the same with all that there are and draws them.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { readModels } from '../src/model/registry.ts'
import { openEngine } from '../src/network/ort.ts'
import { nibabelMissing } from './fixtures/nibabel.ts'
import { DATA_DIR, nibabelFaults, realCases, segmentCase, type WrittenCase } from './fixtures/real-scans.ts'

const QUICK = ['/bet.nii.gz', 'nifti_space/AIL.nii.gz', '/Subj5_FL.nii.gz']
const skip = existsSync(DATA_DIR) ? nibabelMissing : `no data in ${DATA_DIR}`
const folder = mkdtempSync(join(tmpdir(), 'onelabel-real-'))
after(() => rmSync(folder, { recursive: true }))

test('a real scan gets a uint8 label map with its own geometry, by nibabel', { skip }, async (t) => {
  const [model] = await readModels(resolve(import.meta.dirname, '../models'))
  const open = await openEngine(model!.weightsPath, model!.card, { device: 'cpu', threads: 0 })
  const cases = realCases().filter(({ name }) => QUICK.some((end) => name.endsWith(end)))
  assert.equal(cases.length, QUICK.length)
  const written: WrittenCase[] = []
  for (const [n, one] of cases.entries()) {
    const labelsPath = join(folder, `${n}.nii.gz`)
    const report = await segmentCase(one, model!, open, labelsPath)
    written.push({ scanPath: one.scans[report.gridChannel]!, labelsPath })
    t.diagnostic(`${one.name}: ${report.labels.map(({ volumeMl }) => volumeMl?.toFixed(0) ?? 'null').join(', ')} mL`)
    assert.ok(
      report.labels.slice(1).some(({ volumeMl }) => (volumeMl ?? 0) > 100),
      `${one.name}: no label beside the background`,
    )
  }
  await open.close()
  assert.deepEqual(
    nibabelFaults(written, model!.card.labels.length),
    cases.map(() => []),
  )
})
