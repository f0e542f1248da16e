import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { createMetrics } from './metrics.ts'

const MODEL = { id: 'tiny', version: '1.0.0', sha256: 'ab', device: 'cpu' }

function sample() {
  const metrics = createMetrics({
    jobs: () => ({ queued: 3, running: 1, oldestQueuedS: 12.5 }),
    models: () => [MODEL],
    checks: () => ({ compute: true, audit: true }),
    child: () => ({ rssBytes: 5e8, gpuBytes: 2e9 }),
    dataDir: tmpdir(),
  })
  metrics.httpRequest({ method: 'GET', route: '/v1/segmentations/:id', status: '200' }, 0.01)
  metrics.jobEnded({ outcome: 'succeeded', mode: 'async', device: 'cpu', seconds: 700 })
  metrics.jobEnded({ outcome: 'failed', reason: 'nifti-4d', mode: 'sync', seconds: 0.2 })
  metrics.jobRejected('queue-full')
  metrics.jobRetried('compute-crashed')
  metrics.cache('hit')
  metrics.stage('infer', 90)
  metrics.stage('queue', 4)
  metrics.patch(0.3)
  metrics.failure('nifti-4d')
  metrics.childRestart('crash')
  metrics.modelResidency('loaded', 'joint-wmh')
  metrics.modelsReload('refused')
  metrics.upload(5_000_000)
  metrics.input(256 ** 3)
  return metrics
}

test('a run of 90 s is seen between 60 and 120, a job of 700 s between 600 and 1200', async () => {
  const text = await sample().exposition()
  assert.match(text, /onelabel_stage_duration_seconds_bucket\{le="60",stage="infer"\} 0/)
  assert.match(text, /onelabel_stage_duration_seconds_bucket\{le="120",stage="infer"\} 1/)
  assert.match(text, /onelabel_job_duration_seconds_bucket\{le="600",mode="async",device="cpu"\} 0/)
  assert.match(text, /onelabel_job_duration_seconds_bucket\{le="1200",mode="async",device="cpu"\} 1/)
})

test('jobs are counted by how they ended and why; rejected ones have no duration', async () => {
  const text = await sample().exposition()
  assert.match(text, /^onelabel_jobs_total\{outcome="succeeded",reason="none"\} 1$/m)
  assert.match(text, /^onelabel_jobs_total\{outcome="failed",reason="nifti-4d"\} 1$/m)
  assert.match(text, /^onelabel_jobs_total\{outcome="rejected",reason="queue-full"\} 1$/m)
  assert.match(text, /^onelabel_cache_requests_total\{result="hit"\} 1$/m)
  const durations = [...text.matchAll(/^onelabel_job_duration_seconds_count\{.*\} (\d+)$/gm)].map(([, n]) => Number(n))
  assert.equal(
    durations.reduce((sum, n) => sum + n, 0),
    2,
  )
})

test('what alerts ask for stands at 0 before it happens the first time', async () => {
  const text = await createMetrics({ jobs: () => ({ queued: 0, running: 0 }), models: () => [] }).exposition()
  assert.match(text, /^onelabel_jobs_total\{outcome="failed",reason="compute-crashed"\} 0$/m)
  assert.match(text, /^onelabel_jobs_total\{outcome="succeeded",reason="none"\} 0$/m)
  assert.match(text, /^onelabel_child_restarts_total\{reason="crash"\} 0$/m)
  assert.match(text, /^onelabel_cache_requests_total\{result="miss"\} 0$/m)
})

test('the delay of the event loop is told', async () => {
  assert.match(await sample().exposition(), /^nodejs_eventloop_lag_p99_seconds [\d.e-]+$/m)
})

test('two apps in one process do not share a counter', async () => {
  const [one, two] = [sample(), sample()]
  one.failure('nifti-4d')
  assert.match(await one.exposition(), /onelabel_failures_total\{kind="nifti-4d"\} 2/)
  assert.match(await two.exposition(), /onelabel_failures_total\{kind="nifti-4d"\} 1/)
})

test('promtool finds nothing to say', async (t) => {
  if (spawnSync('promtool', ['--version']).error) return t.skip('promtool (Debian package prometheus) is not installed')
  const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
    input: await sample().exposition(),
    encoding: 'utf8',
  })
  assert.equal(`${stdout}${stderr}`, '')
  assert.equal(status, 0)
})
