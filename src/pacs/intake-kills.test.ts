/**
 * The process dies at each call to the store, before it was done or after; another goes on. The store is real, time is the
 * test's, the source a list.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { RULE, STUDIES, source } from '../../test/fixtures/listed-studies.ts'
import { until } from '../../test/fixtures/service.ts'
import { openSqliteStore } from '../store/store.ts'
import type { StudyStore } from '../store/study-store.ts'
import { createLog } from '../telemetry/log.ts'
import { HOLD_MS, startIntake } from './intake.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-intake-kills-'))
after(() => rmSync(folder, { recursive: true }))
const log = createLog('silent')

interface Kill {
  readonly method: keyof StudyStore
  /** Which call of this method, counted from 1. */
  readonly nth: number
  readonly when: 'before' | 'after'
}

/** As one process sees the store, until it is killed: from then on nothing comes back. */
function dying(studies: StudyStore, { method, nth, when }: Kill) {
  let calls = 0
  let isDead = false
  const never = () => new Promise<never>(() => {})
  const seen = new Proxy(studies, {
    get(target, name: keyof StudyStore) {
      const call = target[name] as (...args: unknown[]) => unknown
      if (name === 'onDue') return call
      return async (...args: unknown[]) => {
        if (name === method && !isDead) calls++
        const isIt = name === method && calls === nth && !isDead
        if (isIt) isDead = true
        if (isDead && !(isIt && when === 'after')) return never()
        const result = await call(...args)
        return isIt || isDead ? never() : result
      }
    },
  })
  return { seen, isDead: () => isDead }
}

async function runUntilDone(kill: Kill) {
  let nowMs = 1_700_000_000_000
  const store = openSqliteStore(join(mkdtempSync(join(folder, 'store-')), 'jobs.sqlite'), () => nowMs)
  const submitted: string[] = []
  const start = (studies: StudyStore) =>
    startIntake({
      studies,
      sources: [source],
      rules: [RULE],
      channelOf: ({ description }) => ({ channel: description, preference: 0 }),
      computedWith: ({ model }) => ({ model, options: {} }),
      async submit({ intakeKey }) {
        submitted.push(intakeKey!)
        return { jobId: `job of ${intakeKey}` }
      },
      log,
      atOnce: 1,
    })
  const pass = async (ms: number) => {
    nowMs += ms
    // Wakes whoever sleeps: time of this kind does not.
    await store.studies.hint('gateway')
  }
  const isDone = async () => {
    const all = await store.studies.list({ limit: 10 })
    for (const { state, jobId } of all) if (state === 'running') await store.studies.ended(jobId!, 'done', 'stored')
    return all.length === STUDIES.length && all.every(({ state }) => state === 'done')
  }
  const first = dying(store.studies, kill)
  start(first.seen)
  await until(async () => {
    await pass(1_000)
    return first.isDead() || (await isDone())
  })
  const wasKilled = first.isDead()
  await pass(HOLD_MS)
  const second = start(store.studies)
  await until(async () => {
    await pass(1_000)
    return isDone()
  })
  await second.drain(0)
  const all = await store.studies.list({ limit: 10 })
  await store.close()
  return { wasKilled, submitted, all }
}

const METHODS = ['takeSource', 'advance', 'take', 'wait', 'begin', 'submitted'] as const

test('killed at any call to the store: no study is lost, and none is computed twice', async () => {
  const kills = METHODS.flatMap((method) =>
    [1, 2].flatMap((nth) => (['before', 'after'] as const).map((when): Kill => ({ method, nth, when }))),
  )
  for (const kill of kills) {
    const { wasKilled, submitted, all } = await runUntilDone(kill)
    const label = JSON.stringify(kill)
    assert.ok(wasKilled, label)
    // The job queue takes one job a key.
    assert.equal(new Set(submitted).size, STUDIES.length, label)
    assert.deepEqual(
      all.map(({ state, reason, jobId, intakeKey }) => [state, reason, jobId === `job of ${intakeKey}`]),
      STUDIES.map(() => ['done', 'stored', true]),
      label,
    )
  }
})
