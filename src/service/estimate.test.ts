import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { report, card as tiny } from '../../test/fixtures/service.ts'
import { readModels } from '../model/registry.ts'
import type { StoredJob } from '../store/job-store.ts'
import { peakMib, secondsFor } from './estimate.ts'

const models = await readModels(join(import.meta.dirname, '../../models'))
const { card } = models.find(({ card }) => card.id === 'joint-wmh')!
const size = (edge: number, mm: number) => ({ shape: [edge, edge, edge], spacingMm: [mm, mm, mm] }) as const

test('memory is that of the README: 858 MiB for one scan of 256³, 986 for two', () => {
  assert.equal(peakMib([size(256, 1)], card), 858)
  assert.equal(peakMib([size(256, 1), size(256, 1)], card), 986)
})

test('of a finer scan each voxel that the model does not see counts 4 bytes', () => {
  // 320³ of 0.8 mm is 256³ of 1 mm, and 320³ − 256³ = 15.25 · 2²⁰ voxels more
  assert.equal(peakMib([size(320, 0.8)], card), 858 + 61)
})

test('of a model whose weights were not measured nothing is said', () => {
  assert.equal(peakMib([size(256, 1)], { ...card, weights: { ...card.weights, bytes: 2 ** 30 } }), null)
})

/** A job of 8 voxels that took so long. */
const done = (totalMs: number, over: object = {}) =>
  ({
    job: { state: 'succeeded', report: { ...report, timingsMs: { ...report.timingsMs, total: totalMs }, ...over } },
  }) as unknown as StoredJob

test('time is the median of jobs of the same model and as many scans, by their voxels; without one it is unknown', () => {
  const scan = { shape: [20, 20, 20], spacingMm: [1, 1, 1] } as const
  const sized = { ...tiny, weights: { ...tiny.weights, sha256: report.model.sha256 } }
  const lately = [done(5), done(400), done(10)]
  // 8000 voxels at 10 ms for 8
  assert.deepEqual(secondsFor([scan], sized, lately), { seconds: 10, ofJobs: 3 })
  const others = [
    done(1, { model: { ...report.model, sha256: '9'.repeat(64) } }),
    done(1, { flipAverage: true }),
    done(1, { kind: 'comparison' }),
  ]
  assert.deepEqual(secondsFor([scan], sized, others), { seconds: null, ofJobs: 0 })
  assert.deepEqual(secondsFor([scan, scan], sized, lately), { seconds: null, ofJobs: 0 })
})
