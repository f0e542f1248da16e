/**
 * The paper's benchmark in small: white-matter hyperintensities, one seed, two fifths of the steps, four subjects. Bounds
 * are loose: what the paper found must point the same way, no more.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import '../../training/compile/cpu-backend.ts'
import * as tf from '@tensorflow/tfjs-core'
import { runCase } from '../../training/paper/case.ts'
import type { MethodName } from '../../training/paper/result.ts'
import { mapsOf, SPLITS } from '../../training/sources/phantom-set.ts'

const dataDir = process.env['ONELABEL_TEST_DATA'] ?? resolve(import.meta.dirname, '../../../shared/data')
const isThere = SPLITS.flatMap((split) => mapsOf(split)).every((map) => existsSync(join(dataDir, map)))
const [CSF, GREY, WHITE, LESION] = [1, 2, 3, 4]

test('one network on label sets learns tissue and lesion together; naive cross-entropy learns less of them', {
  skip: isThere ? false : 'no SynthSeg label maps in the data folder',
  timeout: 3_600_000,
}, async (t) => {
  await tf.setBackend('cpu')
  const runsDir = await mkdtemp(join(tmpdir(), 'onelabel-benchmark-'))
  t.after(() => rm(runsDir, { recursive: true }))
  const options = { dataDir, runsDir, budget: { steps: 200, batch: 4 }, subjects: 4, threads: 0 }
  /** Mean Dice over subjects, by label. */
  const scores = async (method: MethodName): Promise<number[]> => {
    const { subjects } = await runCase('wmh', method, 1, options)
    return [CSF, GREY, WHITE, LESION].map(
      (label) => subjects.reduce((sum, { dice }) => sum + (dice[label] ?? 0), 0) / subjects.length,
    )
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [ours, naive] = [await scores('ours'), await scores('naive-ce')]
  t.diagnostic(JSON.stringify({ ours, naive }))
  const [, , white, lesion] = ours as [number, number, number, number]
  assert.ok(white > 0.6 && lesion > 0.2, `ours learns both: white matter ${white}, lesion ${lesion}`)
  assert.ok(mean(ours) > mean(naive) + 0.1, `mean over labels: ours ${mean(ours)}, naive ${mean(naive)}`)
})
