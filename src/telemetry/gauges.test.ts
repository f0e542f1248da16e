import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Observed } from './gauges.ts'
import { createMetrics } from './metrics.ts'

const MODEL = { id: 'tiny', version: '1.0.0', sha256: 'ab', device: 'cpu' }
const QUIET: Observed = { jobs: () => ({ queued: 0, running: 0 }), models: () => [] }

async function samples(observed: Partial<Observed>): Promise<string> {
  const text = await createMetrics({ ...QUIET, ...observed }).exposition()
  return text.replaceAll(/^#.*\n/gm, '')
}

test('gauges are read at the scrape', async () => {
  const served = { models: [MODEL], jobs: { queued: 3, running: 1, oldestQueuedS: 12.5 } as { queued: number } }
  const metrics = createMetrics({ jobs: () => ({ running: 1, ...served.jobs }), models: () => served.models })
  const before = await metrics.exposition()
  for (const line of ['queue_depth{state="queued"} 3', 'queue_oldest_seconds 12.5', 'jobs_running 1', 'ready 1']) {
    assert.ok(before.includes(`\nonelabel_${line}\n`), line)
  }
  served.jobs = { queued: 0 }
  served.models = []
  const after = await metrics.exposition()
  for (const line of ['queue_depth{state="queued"} 0', 'queue_oldest_seconds 0', 'ready 0']) {
    assert.ok(after.includes(`\nonelabel_${line}\n`), line)
  }
  assert.ok(!after.includes('onelabel_model_info{'))
})

test('who computes nothing and serves no model may be ready all the same', async () => {
  assert.match(await samples({ ready: () => true }), /^onelabel_ready 1$/m)
  assert.match(await samples({ ready: () => false, models: () => [MODEL] }), /^onelabel_ready 0$/m)
})

test('a queue that does not answer has no numbers, and its check says 0', async () => {
  let isThere = true
  const metrics = createMetrics({
    ...QUIET,
    jobs: async () => {
      if (!isThere) throw new Error('connection refused')
      return { queued: 2, running: 0 }
    },
    runningHere: () => 1,
  })
  assert.match(await metrics.exposition(), /^onelabel_check_ok\{check="queue"\} 1$/m)
  isThere = false
  const text = await metrics.exposition()
  assert.match(text, /^onelabel_check_ok\{check="queue"\} 0$/m)
  assert.ok(!/^onelabel_queue_(depth|oldest_seconds)[{ ]/m.test(text))
  assert.match(text, /^onelabel_jobs_running 1$/m)
})

test('a queue that never answers holds the scrape up for two seconds and no longer', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const scrape = samples({ jobs: () => new Promise(() => {}) })
  t.mock.timers.tick(2_000)
  assert.match(await scrape, /^onelabel_check_ok\{check="queue"\} 0$/m)
})

test('checks are told by name, those that nobody knows are left out', async () => {
  const text = await samples({
    checks: () => ({
      audit: false,
      compute: Promise.resolve(true),
      blobs: Promise.reject(new Error('no such bucket')),
    }),
  })
  const told = [...text.matchAll(/^onelabel_check_ok\{check="(\w+)"\} (\d)$/gm)].map(([, check, ok]) => [check, ok])
  assert.deepEqual(Object.fromEntries(told), { queue: '1', compute: '1', audit: '0', blobs: '0' })
})

test('a check that hangs is not ok', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const scrape = samples({ checks: () => ({ blobs: new Promise(() => {}), compute: true }) })
  t.mock.timers.tick(2_000)
  const text = await scrape
  assert.match(text, /^onelabel_check_ok\{check="blobs"\} 0$/m)
  assert.match(text, /^onelabel_check_ok\{check="compute"\} 1$/m)
})

test('memory of child and GPU is told where it is known', async () => {
  assert.match(await samples({ child: () => ({ rssBytes: 5e8 }) }), /^onelabel_child_resident_memory_bytes 500000000$/m)
  assert.ok(!(await samples({ child: () => ({ rssBytes: 5e8 }) })).includes('onelabel_gpu_memory_used_bytes'))
  assert.match(await samples({ child: async () => ({ gpuBytes: 7 }) }), /^onelabel_gpu_memory_used_bytes 7$/m)
  assert.ok(!(await samples({})).includes('onelabel_child_resident_memory_bytes'))
})

test('the disk of the data folder has a size and less room than that; one that is gone has neither', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'onelabel-gauges-'))
  const sampleOf = (text: string, name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
  try {
    const text = await samples({ dataDir })
    const [free, size] = [sampleOf(text, 'onelabel_disk_free_bytes'), sampleOf(text, 'onelabel_disk_size_bytes')]
    assert.ok(free > 0 && free < size, `${free} of ${size}`)
  } finally {
    rmSync(dataDir, { recursive: true })
  }
  assert.ok(!(await samples({ dataDir })).includes('onelabel_disk_'))
})
