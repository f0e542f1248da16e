/** Reloads with real children, a real onnxruntime, tiny networks (test/fixtures/supervisor.ts). */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { until } from '../../test/fixtures/service.ts'
import { isAlive, supervisorFixture } from '../../test/fixtures/supervisor.ts'
import { makeTinyModel } from '../../test/fixtures/tiny-model.ts'
import type { Report } from '../inference/report.ts'
import { thisMachine } from './machine.ts'

const compute = supervisorFixture()
const modelsDir = () => join(compute.folder, 'models')
const setsDir = () => join(compute.folder, 'sets')

test('a running segmentation ends with the model it began with, the next one has the new; no process is left', async () => {
  await compute.start()
  const { result } = await compute.startHeld()
  await makeTinyModel(modelsDir(), { version: '0.0.2' })
  const { replaced } = await compute.supervisor.reload()
  assert.deepEqual([replaced[0]!.version, replaced[0]!.was.version], ['0.0.2', '0.0.1'])
  const [old, next] = compute.childPids()
  assert.deepEqual(
    [old, next].map((pid) => isAlive(pid!)),
    [true, true],
  )
  compute.gate.open()
  assert.equal(((await result) as Report).model.version, '0.0.1')
  assert.equal((await compute.small()).model.version, '0.0.2')
  await until(() => !isAlive(old!))
})

test('a broken folder changes nothing: the reason names the model, and the old models survive even a crash', async () => {
  await compute.start({}, {}, { modelSetsDir: setsDir() })
  await compute.small()
  await makeTinyModel(modelsDir(), { version: '0.0.2', slowMatMuls: 1 })
  await writeFile(join(modelsDir(), 'tiny/model.onnx'), 'cut off')
  await assert.rejects(compute.supervisor.reload(), faultOf('model-invalid', /model tiny are 7 bytes/))
  await makeTinyModel(modelsDir(), { id: 'other', wrongGolden: true })
  await rm(join(modelsDir(), 'tiny'), { recursive: true })
  await assert.rejects(compute.supervisor.reload(), faultOf('model-invalid', /model other reproduces 0\.\d+ of/))
  assert.equal((await compute.small()).model.version, '0.0.1')
  process.kill(compute.childPids()[0]!, 'SIGKILL')
  await until(() => compute.supervisor.status().state !== 'ready')
  const { model } = await compute.small()
  assert.deepEqual([model.id, model.version, compute.childPids().length], ['tiny', '0.0.1', 2])
})

test('copies are kept for what serves only, and go at the end and with the next run', async () => {
  const { pid } = spawnSync(process.execPath, ['--version'])
  const theirs = `another-machine_${process.pid}_${randomUUID()}_1`
  await makeTinyModel(join(setsDir(), `${thisMachine()}_${pid}_${randomUUID()}_1`))
  await makeTinyModel(join(setsDir(), theirs))
  await compute.start({}, {}, { modelSetsDir: setsDir() })
  await compute.settled()
  const untilSets = (count: number) => until(async () => (await readdir(setsDir())).length === count)
  await untilSets(2) // the other machine's and ours
  await compute.supervisor.reload()
  await untilSets(2)
  const reload = assert.rejects(compute.supervisor.reload(), faultOf('draining'))
  await untilSets(3) // it is being tried when the service stops
  await Promise.all([reload, compute.supervisor.stop()])
  assert.deepEqual(await readdir(setsDir()), [theirs])
})
