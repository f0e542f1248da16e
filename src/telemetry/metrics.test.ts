import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { createMetrics } from './metrics.ts'

const MODEL = { id: 'tiny', version: '1.0.0', sha256: 'ab', device: 'cpu' }

function sample() {
  const served = { models: [MODEL], jobs: { queued: 3, running: 1 } }
  const metrics = createMetrics({ jobs: () => served.jobs, models: () => served.models })
  metrics.httpRequest({ method: 'GET', route: '/v1/segmentations/:id', status: '200' }, 0.01)
  metrics.stage('infer', 90)
  metrics.patch(0.3)
  metrics.failure('nifti-4d')
  metrics.childRestart('crash')
  metrics.upload(5_000_000)
  metrics.input(256 ** 3)
  return { metrics, served }
}

test('buckets reach ten minutes: a run of 90 s is seen between 60 and 120', async () => {
  const text = await sample().metrics.exposition()
  assert.match(text, /onelabel_stage_duration_seconds_bucket\{le="60",stage="infer"\} 0/)
  assert.match(text, /onelabel_stage_duration_seconds_bucket\{le="120",stage="infer"\} 1/)
  assert.match(text, /onelabel_stage_duration_seconds_bucket\{le="600",stage="infer"\} 1/)
})

test('gauges are read at the scrape', async () => {
  const { metrics, served } = sample()
  assert.match(await metrics.exposition(), /^onelabel_jobs_queued 3$/m)
  assert.match(await metrics.exposition(), /^onelabel_ready 1$/m)
  served.jobs = { queued: 0, running: 0 }
  served.models = []
  const text = await metrics.exposition()
  assert.match(text, /^onelabel_jobs_queued 0$/m)
  assert.match(text, /^onelabel_ready 0$/m)
  assert.ok(!text.includes('onelabel_model_info{'))
})

test('two apps in one process do not share a counter', async () => {
  const [one, two] = [sample(), sample()]
  one.metrics.failure('nifti-4d')
  assert.match(await one.metrics.exposition(), /onelabel_failures_total\{kind="nifti-4d"\} 2/)
  assert.match(await two.metrics.exposition(), /onelabel_failures_total\{kind="nifti-4d"\} 1/)
})

test('promtool finds nothing to say', async (t) => {
  if (spawnSync('promtool', ['--version']).error) return t.skip('promtool (Debian package prometheus) is not installed')
  const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
    input: await sample().metrics.exposition(),
    encoding: 'utf8',
  })
  assert.equal(`${stdout}${stderr}`, '')
  assert.equal(status, 0)
})
