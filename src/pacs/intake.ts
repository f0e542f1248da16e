/**
 * Studies from their sources to the jobs that compute them, in every process that may take them: sources are read and studies
 * looked at by whoever takes them from the store (store/study-store.ts), so many processes do no more than one.
 *
 * A line of the log names a study by our id for it, never by its UID.
 */
import { FaultError, type FaultKind } from '../errors.ts'
import { nextTryMs } from '../service/back-off.ts'
import { createBell } from '../store/bell.ts'
import type { HeldStudy, StudyStore } from '../store/study-store.ts'
import type { Log } from '../telemetry/log.ts'
import type { ComputedWith } from './computed-with.ts'
import type { Rule } from './config.ts'
import { PacsError } from './delivery-code.ts'
import { type Decided, look } from './look.ts'
import type { Source } from './source.ts'
import type { ChannelOf } from './study.ts'

export interface IntakeOptions {
  readonly studies: StudyStore
  readonly sources: readonly Source[]
  readonly rules: readonly Rule[]
  readonly channelOf: ChannelOf
  readonly computedWith: ComputedWith
  /** Fetches the chosen series of a study that is ready and submits the job, one job however often it is called. */
  readonly submit: (study: HeldStudy, source: Source, rule: Rule, signal: AbortSignal) => Promise<Taken>
  /** A study was decided on; not of those that are waited for. */
  readonly onDecided?: (decided: Decided) => void
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  /** From 0 to 1. */
  readonly random?: () => number
  /** Studies at a time. */
  readonly atOnce?: number
}

export type Taken =
  | { readonly jobId: string }
  /** What came is not what was decided on. */
  | 'changed'
  /** The queue is full; nothing was fetched. */
  | 'no-room'
  /** What came will never make a job. */
  | { readonly refused: FaultKind }

export interface Intake {
  /** What is under way may end within the grace; then it is stopped, and another process goes on when its hold runs out. */
  drain(graceMs: number): Promise<void>
}

/** After this another process takes what one that was killed had; who is at it says so three times in it. */
export const HOLD_MS = 60_000
/** How often to look for what is due without being told. */
const TICK_MS = 1_000

export function startIntake(options: IntakeOptions): Intake {
  const { studies, sources, rules, submit, onDecided, log, random = Math.random, atOnce = 2 } = options
  const stop = new AbortController()
  let isDraining = false
  const bells = [...sources.map(createBell), ...Array.from({ length: atOnce }, createBell)]
  const ringAll = () => {
    for (const { ring } of bells) ring()
  }
  const unsubscribe = studies.onDue(ringAll)

  /** Does what there is, again and again; a store that is away is asked again. */
  async function loop(bell: ReturnType<typeof createBell>, step: () => Promise<boolean>): Promise<void> {
    while (!isDraining) {
      const isMore = await step().catch((error: unknown) => {
        if (!stop.signal.aborted) log.warn({ err: error }, 'studies cannot be taken now')
        return false
      })
      if (!isMore && !isDraining) await bell.waitFor(TICK_MS)
    }
  }

  async function read(source: Source): Promise<boolean> {
    const held = await studies.takeSource(source.name, HOLD_MS)
    if (held === undefined) return false
    const lease = keep(() => studies.renewSource(held, HOLD_MS))
    try {
      const { cursor, studies: seen, isMore } = await source.changes(held.cursor, lease.signal)
      const names = rules.map(({ name }) => name)
      await studies.advance(held, cursor, seen, names, isMore ? 0 : source.everyMs)
      return isMore
    } catch (error) {
      if (!lease.signal.aborted) log.warn({ source: source.name, ...told(error) }, 'a source cannot be read')
      await studies.releaseSource(held, lease.signal.aborted ? 0 : source.everyMs)
      return false
    } finally {
      lease.release()
    }
  }

  async function next(): Promise<boolean> {
    const held = await studies.take(HOLD_MS)
    if (held === undefined) return false
    const line = { studyId: held.id, source: held.source, rule: held.rule }
    const lease = keep(() => studies.renew(held, HOLD_MS))
    try {
      const decided = await work(held, lease.signal)
      if (decided === null) return false
      const { state, reason } = decided
      const isNews = state !== 'open' || reason !== null
      if (isNews) log.info({ ...line, state, reason }, 'a study is decided on')
      // Sources tell of one study several times; the same again is no decision.
      if (isNews && reason !== held.reason && reason !== 'nothing-new') onDecided?.(decided)
    } catch (error) {
      if (lease.signal.aborted) await studies.wait(held, held.facts, 0)
      else await failed(held, error)
    } finally {
      lease.release()
    }
    return true
  }

  async function failed(held: HeldStudy, error: unknown): Promise<void> {
    const waitMs = nextTryMs(held.failures + 1, random())
    const line = { studyId: held.id, source: held.source, rule: held.rule, waitMs }
    log.warn({ ...line, ...told(error) }, 'a study cannot be looked at')
    if (waitMs === null) {
      await studies.settle(held, 'parked', 'source-failed', held.facts)
      onDecided?.({ state: 'parked', reason: 'source-failed' })
    } else await studies.failed(held, told(error).why, waitMs)
  }

  /** Holds on to what was taken; the signal aborts when that is lost, or the process stops. */
  function keep(renew: () => Promise<boolean>) {
    const lost = new AbortController()
    const timer = setInterval(() => {
      renew().then(
        (isHeld) => isHeld || lost.abort(new Error('another process has it')),
        () => {}, // a store that is away is asked again
      )
    }, HOLD_MS / 3).unref()
    return { signal: AbortSignal.any([stop.signal, lost.signal]), release: () => clearInterval(timer) }
  }

  /** Null where there is no room: it is its turn again after the others. */
  async function work(held: HeldStudy, signal: AbortSignal): Promise<Decided | null> {
    const source = sources.find(({ name }) => name === held.source)
    const rule = rules.find(({ name }) => name === held.rule)
    if (source === undefined || rule === undefined) {
      const reason = source === undefined ? 'no-such-source' : 'no-such-rule'
      await studies.settle(held, 'parked', reason, held.facts)
      return { state: 'parked', reason }
    }
    if (held.state === 'open') return look(held, source, rule, options, signal)
    const taken = await submit(held, source, rule, signal)
    if (taken === 'no-room') {
      // Behind those that are due: studies that are open must be looked at meanwhile.
      await studies.wait(held, held.facts, TICK_MS)
      return null
    }
    if (taken === 'changed') {
      await studies.takeBack(held)
      return { state: 'open', reason: 'changed-meanwhile' }
    }
    if ('refused' in taken) {
      await studies.refuse(held, taken.refused)
      return { state: 'parked', reason: taken.refused }
    }
    await studies.submitted(held, taken.jobId)
    return { state: 'running', reason: null }
  }

  const loops = [
    ...sources.map((source, at) => loop(bells[at]!, () => read(source))),
    ...bells.slice(sources.length).map((bell) => loop(bell, next)),
  ]
  return {
    async drain(graceMs) {
      isDraining = true
      ringAll()
      const timer = setTimeout(() => stop.abort(new Error('the service is stopping')), graceMs)
      await Promise.all(loops)
      clearTimeout(timer)
      unsubscribe()
    },
  }
}

/** What may be said of it. */
function told(error: unknown): { readonly why: string; readonly err?: unknown } {
  if (error instanceof PacsError || error instanceof FaultError) return { why: error.message }
  return { why: 'a fault of the service; its log has the details', err: error }
}
