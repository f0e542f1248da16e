import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { RULE, STUDIES, source } from '../../test/fixtures/listed-studies.ts'
import { until } from '../../test/fixtures/service.ts'
import { openSqliteStore } from '../store/store.ts'
import { createLog } from '../telemetry/log.ts'
import { startIntake } from './intake.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-no-room-'))
after(() => rmSync(folder, { recursive: true }))

test('while the queue is full studies are asked for in turn, others are looked at, and nothing counts as a failure', async () => {
  let nowMs = 1_700_000_000_000
  const store = openSqliteStore(join(folder, 'jobs.sqlite'), () => nowMs)
  let isFull = true
  const asked: string[] = []
  const intake = startIntake({
    studies: store.studies,
    sources: [source],
    rules: [RULE],
    channelOf: ({ description }) => ({ channel: description, preference: 0 }),
    computedWith: ({ model }) => ({ model, options: {} }),
    async submit({ studyInstanceUid }) {
      asked.push(studyInstanceUid)
      return isFull ? 'no-room' : { jobId: `job of ${studyInstanceUid}` }
    },
    log: createLog('silent'),
    atOnce: 1,
  })
  const states = async () => (await store.studies.list({ limit: 10 })).map(({ state, failures }) => [state, failures])
  const pass = async () => {
    nowMs += 1_000
    await store.studies.hint('gateway')
  }
  // The first one that is ready does not keep the second from being looked at.
  await until(async () => {
    await pass()
    return (await states()).filter(([state]) => state === 'ready').length === STUDIES.length
  })
  const before = asked.length
  await until(async () => {
    await pass()
    return asked.length >= before + 6
  })
  const turns = asked.slice(before, before + 6)
  assert.deepEqual([turns[0], turns[2], turns[4]], [turns[2], turns[4], turns[0]])
  assert.notEqual(turns[0], turns[1])
  assert.deepEqual(await states(), [
    ['ready', 0],
    ['ready', 0],
  ])
  isFull = false
  await until(async () => {
    await pass()
    return (await states()).every(([state]) => state === 'running')
  })
  await intake.drain(0)
  await store.close()
})
