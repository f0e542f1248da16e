/** The service as it is run, and a collector: each job is one trace, from the caller's span into the computation's stages. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { type SentSpan, startReceiver } from '../fixtures/otlp-receiver.ts'
import { until } from '../fixtures/service.ts'
import { makeTinyModel, tinyScan } from '../fixtures/tiny-model.ts'

const MAIN = resolve(import.meta.dirname, '../../src/main.ts')
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER = '00f067aa0ba902b7'

let folder: string
let spans: readonly SentSpan[]
let jobId: string

/** One job of a caller who traces, one that is refused, then SIGTERM: what was not sent is sent before the end. */
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-traces-'))
  await makeTinyModel(join(folder, 'models'))
  const collector = await startReceiver()
  const env = {
    PATH: process.env['PATH'] ?? '',
    ONELABEL_PORT: '0',
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_DEVICE: 'cpu',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  }
  const service = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const lines: string[] = []
    createInterface({ input: service.stdout }).on('line', (line) => lines.push(line))
    await until(() => lines.some((line) => line.includes('"listening"')))
    const { port } = JSON.parse(lines.find((line) => line.includes('"listening"'))!) as { port: number }
    const post = (channel: string, traceparent: string) => {
      const body = new FormData()
      body.set(channel, new Blob([new Uint8Array(tinyScan(24, { gz: true }))]), 'Doe_Jane.nii.gz')
      return fetch(`http://127.0.0.1:${port}/v1/segmentations`, { method: 'POST', body, headers: { traceparent } })
    }
    const answer = await post('t1', `00-${TRACE}-${CALLER}-01`)
    assert.equal(answer.status, 200)
    jobId = answer.headers.get('location')!.split('/').at(-1)!
    await answer.arrayBuffer()
    assert.equal((await post('t9', 'Doe_Jane')).status, 400)
    service.kill('SIGTERM')
    assert.deepEqual(await once(service, 'exit'), [0, null])
  } finally {
    service.kill('SIGKILL')
    collector.close()
  }
  spans = collector.spans()
})
after(() => rmSync(folder, { recursive: true }))

test('a job is one trace under the caller’s span: receive, queue wait, run, stages', () => {
  const ours = spans.filter(({ traceId }) => traceId === TRACE)
  const idOf = (name: string) => ours.find((span) => span.name === name)?.spanId
  const parents = Object.fromEntries(ours.map(({ name, parentSpanId }) => [name, parentSpanId]))
  assert.deepEqual(parents, {
    receive: CALLER,
    'queue wait': idOf('receive'),
    run: idOf('receive'),
    decode: idOf('run'),
    preprocess: idOf('run'),
    infer: idOf('run'),
    postprocess: idOf('run'),
    encode: idOf('run'),
  })
  assert.equal(ours.length, 8)
})

test('spans follow one another: received, waited, ran, and the stages lie within the run', () => {
  const [receive, wait, run, decode, encode] = ['receive', 'queue wait', 'run', 'decode', 'encode'].map((name) => {
    const { startTimeUnixNano, endTimeUnixNano } = spans.find((span) => span.name === name && span.traceId === TRACE)!
    return { start: BigInt(startTimeUnixNano), end: BigInt(endTimeUnixNano) }
  })
  assert.ok(receive!.start <= wait!.start && wait!.end <= run!.start && run!.start < run!.end)
  assert.ok(run!.start <= decode!.start && encode!.end <= run!.end)
})

test('a refused request is a trace of its own that says why', () => {
  const [refused, ...more] = spans.filter(({ traceId }) => traceId !== TRACE)
  assert.deepEqual([refused?.name, more.length], ['receive', 0])
  assert.deepEqual(refused?.attributes, [{ key: 'onelabel.reason', value: { stringValue: 'unknown-channel' } }])
})

test('nothing names the file; the job is named by its id', () => {
  const told = JSON.stringify(spans)
  assert.ok(told.includes(jobId))
  assert.ok(!told.includes('Doe_Jane') && !told.includes('.nii'))
})
