/** Real children, a real onnxruntime, a tiny network (test/fixtures/supervisor.ts). */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { until } from '../../test/fixtures/service.ts'
import { supervisorFixture } from '../../test/fixtures/supervisor.ts'
import { makeTinyModel } from '../../test/fixtures/tiny-model.ts'

const compute = supervisorFixture()

test('it says ready when the golden case is reproduced, and segments', async () => {
  await compute.start()
  assert.deepEqual(compute.supervisor.status(), { state: 'starting' })
  const status = await compute.settled()
  assert.equal(status.state, 'ready')
  assert.equal(status.device, 'cpu')
  assert.deepEqual(
    status.models.map(({ id, version, goldenAgreement }) => ({ id, version, goldenAgreement })),
    [{ id: 'tiny', version: '0.0.1', goldenAgreement: 1 }],
  )
  const report = await compute.small()
  assert.equal(report.labels[2]!.voxels, 4 ** 3)
  assert.ok((await readdir(compute.folder)).includes('small-labels.nii.gz'))
  assert.deepEqual(
    compute.events.map((event) => (event.kind === 'stage' ? event.stage : event.kind)),
    ['residency', 'patch', 'decode', 'preprocess', 'infer', 'postprocess', 'encode'],
  )
})

test('a task given while it starts waits for it', async () => {
  await compute.start()
  assert.equal((await compute.small()).lesions.count, 1)
})

test('two tasks at once are a bug of the caller', async () => {
  await compute.start()
  const first = compute.small()
  await assert.rejects(compute.small(), /one task at a time/)
  await first
})

test('a fault in the child keeps its kind, and the child', async () => {
  await compute.start()
  const task = { scans: { t1: join(compute.folder, 'small.nii') }, outPath: join(compute.folder, 'x'), modelId: 'big' }
  await assert.rejects(compute.supervisor.segment(task), faultOf('unknown-model', /tiny/))
  assert.equal(compute.supervisor.status().state, 'ready')
})

test('a task cancelled before it began never reaches the child', async () => {
  await compute.start()
  await compute.settled()
  const task = { scans: { t1: join(compute.folder, 'small.nii') }, outPath: join(compute.folder, 'out.nii.gz') }
  await assert.rejects(compute.supervisor.segment(task, { signal: AbortSignal.abort() }), faultOf('cancelled'))
  assert.deepEqual(
    compute.events.filter(({ kind }) => kind !== 'residency'),
    [],
  )
})

test('a model that misses its golden case makes the status failed, with both numbers, and tasks not-ready', async () => {
  await compute.start({ wrongGolden: true })
  const status = await compute.settled()
  assert.equal(status.state, 'failed')
  assert.match(status.reason, /0\.\d+ of its golden label map; its card asks for 0\.999/)
  await assert.rejects(compute.small(), faultOf('not-ready', /golden/))
  assert.ok(compute.events.every(({ kind }) => kind === 'residency'))
})

test('a model above the memory budget makes the status failed, with both numbers', async () => {
  await compute.start({}, {}, { modelMemoryBytes: 1000 })
  const status = await compute.settled()
  assert.equal(status.state, 'failed')
  assert.match(status.reason, /model tiny needs [\d.]+ KiB of memory; the budget of all models is 1000 bytes/)
})

test('what each model costs is told, and is at least a patch going in and out', async () => {
  await makeTinyModel(join(compute.folder, 'models'), { id: 'zebra' })
  await compute.start({}, {}, { modelMemoryBytes: 2 ** 40 })
  await compute.settled()
  const costs = compute.events.flatMap((event) =>
    event.kind === 'residency' && event.change === 'loaded' ? [event.memoryBytes] : [],
  )
  assert.equal(costs.length, 2)
  assert.ok(
    costs.every((bytes) => bytes > 16 ** 3 * (2 + 3) * 4),
    `${costs}`,
  )
})

test('auto runs on CUDA, or on the cpu with a reason that is logged once', async () => {
  await compute.start({}, {}, { device: 'auto' })
  const status = await compute.settled()
  assert.equal(status.state, 'ready')
  if (status.device === 'cuda') return assert.equal(status.deviceReason, undefined)
  assert.match(status.deviceReason ?? '', /cannot run on cuda/)
  assert.equal(compute.logged.filter((line) => line.includes('cannot run on cuda')).length, 1)
})

test('cuda by name where there is none makes the status failed with the reason', async (t) => {
  await compute.start({}, {}, { device: 'cuda' })
  const status = await compute.settled()
  if (status.state === 'ready') return t.skip('CUDA runs here')
  assert.equal(status.state, 'failed')
  assert.match(status.reason, /cannot run on cuda/)
})

test('a child that was dying already when all was stopped is not followed by another', async () => {
  const exits: ((how: string) => void)[] = []
  const fork = () => {
    const { promise: exited, resolve } = Promise.withResolvers<string>()
    exits.push(resolve)
    return { pid: undefined, send() {}, kill() {}, exited }
  }
  await compute.start({}, { startMs: 1 }, { fork })
  await until(() => compute.supervisor.status().state === 'restarting')
  const stopped = compute.supervisor.stop()
  exits[0]!('killed')
  await stopped
  assert.deepEqual(compute.supervisor.status(), { state: 'stopped' })
  assert.deepEqual(compute.events, [])
})
