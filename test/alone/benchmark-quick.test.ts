/**
 * The paper's benchmark in small: white-matter hyperintensities, one seed, a fifth of the steps, three subjects. Bounds
 * are loose: what the paper found must point the same way, no more.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { runCase } from '../../training/benchmark/case.ts'
import { mapsOf, SPLITS } from '../../training/benchmark/phantom-set.ts'
import type { MethodName } from '../../training/benchmark/result.ts'

const dataDir = process.env['ONELABEL_TEST_DATA'] ?? resolve(import.meta.dirname, '../../../shared/data')
const isThere = SPLITS.flatMap((split) => mapsOf(split)).every((map) => existsSync(join(dataDir, map)))
const [WHITE, LESION] = [3, 4]

test('one network on label sets learns tissue and lesion together; naive cross-entropy learns less of both', {
  skip: isThere ? false : 'no SynthSeg label maps in the data folder',
  timeout: 600_000,
}, async (t) => {
  await tf.setBackend('cpu')
  const runsDir = await mkdtemp(join(tmpdir(), 'onelabel-benchmark-'))
  t.after(() => rm(runsDir, { recursive: true }))
  const options = { dataDir, runsDir, budget: { steps: 100, batch: 4 }, subjects: 3, threads: 0 }
  const score = async (method: MethodName, label: number) => {
    const { subjects } = await runCase('wmh', method, 1, options)
    return subjects.reduce((sum, { dice }) => sum + (dice[label] ?? 0), 0) / subjects.length
  }
  const found = {
    ours: { white: await score('ours', WHITE), lesion: await score('ours', LESION) },
    naive: { white: await score('naive-ce', WHITE), lesion: await score('naive-ce', LESION) },
  }
  t.diagnostic(JSON.stringify(found))
  assert.ok(found.ours.white > 0.6 && found.ours.lesion > 0.2, 'ours learns both')
  assert.ok(found.ours.lesion > found.naive.lesion, 'lesions: ours above naive')
  assert.ok(found.ours.white > found.naive.white, 'white matter: ours above naive')
})
