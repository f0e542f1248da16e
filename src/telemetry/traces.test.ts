import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { registerHooks } from 'node:module'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { type SentSpan, startReceiver } from '../../test/fixtures/otlp-receiver.ts'

const loaded: string[] = []
registerHooks({
  resolve(specifier, where, next) {
    loaded.push(specifier)
    return next(specifier, where)
  },
})
const { openTracing } = await import('./open-tracing.ts')

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER = '00f067aa0ba902b7'
const REPORT = {
  device: 'cpu',
  model: { id: 'tiny', version: '1.0.0', sha256: 'ab' },
  timingsMs: { decode: 100, preprocess: 200, infer: 3000, postprocess: 300, encode: 400, total: 4000 },
} as const

/** The spans by name; each name must be there once. */
function byName(spans: readonly SentSpan[]): Record<string, SentSpan> {
  assert.equal(new Set(spans.map(({ name }) => name)).size, spans.length)
  return Object.fromEntries(spans.map((span) => [span.name, span]))
}

const msOf = (unixNano: string) => Number(BigInt(unixNano) / 1_000_000n)

test('without an endpoint nothing is loaded, and a caller’s traceparent is handed on', async () => {
  const tracing = await openTracing({})
  const header = `00-${TRACE}-${CALLER}-01`
  assert.equal(tracing.startJob(header).traceparent, header)
  assert.equal(tracing.startJob(undefined).traceparent, null)
  assert.equal(tracing.startJob('Doe_Jane').traceparent, null)
  tracing.startRun(null, { jobId: 'a', attempt: 1, waitedMs: 0 }).end({ outcome: 'cancelled' })
  await tracing.close()
  assert.deepEqual(
    loaded.filter((specifier) => /opentelemetry|otlp/.test(specifier)),
    [],
  )
})

test('one job is one trace: receive, queue wait, run and its stages, from two processes', async () => {
  const collector = await startReceiver()
  let nowMs = 1_000_000 // in 1970: before this process began
  const clock = () => nowMs
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/`, OTEL_SERVICE_NAME: 'reading room' }
  const api = await openTracing(env, clock)
  const worker = await openTracing(env, clock)

  const received = api.startJob(`00-${TRACE}-${CALLER}-01`)
  nowMs += 500
  received.end({ jobId: 'job-1' })
  nowMs += 20_000
  const run = worker.startRun(received.traceparent, { jobId: 'job-1', attempt: 2, waitedMs: 20_000 })
  nowMs += 5_000
  run.end({ outcome: 'succeeded', report: REPORT })
  await Promise.all([api.close(), worker.close()])
  collector.close()

  assert.ok(loaded.includes('./otlp.ts')) // or the test above could not fail
  const spans = byName(collector.spans())
  const stages = ['decode', 'preprocess', 'infer', 'postprocess', 'encode']
  assert.deepEqual(Object.keys(spans).sort(), ['queue wait', 'receive', 'run', ...stages].sort())
  assert.deepEqual(new Set(collector.spans().map(({ traceId }) => traceId)), new Set([TRACE]))
  assert.equal(spans['receive']?.parentSpanId, CALLER)
  for (const name of ['queue wait', 'run']) assert.equal(spans[name]?.parentSpanId, spans['receive']?.spanId)
  for (const name of stages) assert.equal(spans[name]?.parentSpanId, spans['run']?.spanId)
  assert.equal(run.traceparent, `00-${TRACE}-${spans['run']?.spanId}-01`)

  const times = (name: string) => {
    const { startTimeUnixNano, endTimeUnixNano } = spans[name]!
    return [msOf(startTimeUnixNano), msOf(endTimeUnixNano)]
  }
  assert.deepEqual(times('receive'), [1_000_000, 1_000_500])
  assert.deepEqual(times('queue wait'), [1_000_500, 1_020_500])
  assert.deepEqual(times('run'), [1_020_500, 1_025_500])
  assert.deepEqual(times('decode'), [1_021_500, 1_021_600]) // 4 s of stages end with the run
  assert.deepEqual(times('infer'), [1_021_800, 1_024_800])
  assert.deepEqual(times('encode'), [1_025_100, 1_025_500])

  assert.deepEqual(new Set(collector.paths), new Set(['/v1/traces']))
  const names = collector.bodies.flatMap((b) => b.resourceSpans).map(({ resource }) => resource.attributes[0])
  assert.deepEqual(names[0], { key: 'service.name', value: { stringValue: 'reading room' } })
})

test('spans tell ids and outcomes and nothing else', async () => {
  const collector = await startReceiver()
  const tracing = await openTracing({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.endpoint}/here` })
  const received = tracing.startJob(null)
  received.end({ jobId: 'job-1' })
  tracing
    .startRun(received.traceparent, { jobId: 'job-1', attempt: 1, waitedMs: 10 })
    .end({ outcome: 'failed', reason: 'compute-crashed' })
  tracing.startJob(null).end({ refused: 'queue-full' })
  await tracing.close()
  collector.close()
  assert.deepEqual(new Set(collector.paths), new Set(['/here']))
  const keys = new Set(collector.spans().flatMap(({ attributes }) => attributes.map(({ key }) => key)))
  assert.deepEqual([...keys].sort(), [
    'onelabel.job.attempt',
    'onelabel.job.id',
    'onelabel.job.outcome',
    'onelabel.reason',
  ])
  const failed = collector.spans().filter(({ status }) => status.code === 2)
  assert.deepEqual(failed.map(({ name }) => name).sort(), ['receive', 'run'])
})

test('jobs without a caller’s trace have traces of their own', async () => {
  const collector = await startReceiver()
  const tracing = await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint })
  for (const header of [undefined, 'not a traceparent']) tracing.startJob(header).end({})
  tracing.startRun(null, { jobId: 'before tracing was on', attempt: 1, waitedMs: 0 }).end({ outcome: 'cancelled' })
  await tracing.close()
  collector.close()
  const spans = collector.spans()
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 3)
  const [wait, run] = ['queue wait', 'run'].map((name) => spans.find((span) => span.name === name))
  assert.equal(run?.parentSpanId, wait?.spanId)
})

test('what the caller does not record is not recorded here', async () => {
  const collector = await startReceiver()
  const tracing = await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint })
  const received = tracing.startJob(`00-${TRACE}-${CALLER}-00`)
  received.end({ jobId: 'job-1' })
  assert.match(received.traceparent ?? '', new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`))
  tracing.startJob(null).end({})
  await tracing.close()
  collector.close()
  assert.equal(collector.spans().length, 1)
})

test('a collector that never answers does not hold the end up for ever', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const tracing = await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` })
  tracing.startJob(null).end({})
  await tracing.close()
  silent.closeAllConnections()
  silent.close()
})

test('an endpoint that is no address is refused by name', async () => {
  for (const endpoint of ['localhost:4318', 'file:///tmp', 'collector']) {
    await assert.rejects(
      openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
      /^Error: OTEL_EXPORTER_OTLP_ENDPOINT: /,
    )
  }
})
