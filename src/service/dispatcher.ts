/**
 * Works off the effects of the store (store/effects.ts): each kind by its handler, one target never holding up another. One
 * that fails is tried again after a while (back-off.ts), or is dead when only a person can mend it. What this process does
 * not get to say another one does again: handlers are idempotent by the effect's key.
 */
import { FAULTS, FaultError } from '../errors.ts'
import { createBell } from '../store/bell.ts'
import type { Transaction } from '../store/database.ts'
import type { Effect, EffectStore } from '../store/effect-store.ts'
import type { Log } from '../telemetry/log.ts'
import { nextTryMs } from './back-off.ts'
import { DeliveryError } from './delivery-error.ts'

export interface Done {
  readonly state: 'sent' | 'verified'
  /** Written in the transaction that says that it is done: exactly once. */
  readonly within?: (tx: Transaction) => Promise<void>
  /** Called when it was this process that did it. */
  readonly onDone?: () => void
}

export interface Handler {
  /** How long one try may take before another process may try as well. */
  readonly holdMs: number
  /** Tries at a time, of all targets. */
  readonly most: number
  /** How many of these may go to one target. */
  readonly mostAtTarget: number
  /** @throws DeliveryError; the signal's reason when it stops the try; anything else is a bug, and tried again */
  readonly run: (effect: Effect, signal: AbortSignal) => Promise<Done>
  /** Written in the transaction that gives it up. */
  readonly whenDead?: (effect: Effect) => (tx: Transaction) => Promise<void>
}

export interface DispatcherOptions {
  readonly effects: EffectStore
  readonly handlers: Readonly<Record<string, Handler>>
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  /** From 0 to 1. */
  readonly random?: () => number
}

export interface Dispatcher {
  /** Does what is due now; what is not done within the grace is stopped, and waits for another process or the next start. */
  drain(graceMs: number): Promise<void>
}

/** How often to look for what is due without being told. */
const TICK_MS = 1_000
/** After the store did not answer. */
const AWAY_MS = 1_000
const MOST_ERROR_CHARACTERS = 500

export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const { effects, handlers, log, random = Math.random } = options
  const stop = new AbortController()
  let isDraining = false
  const lanes = Object.entries(handlers).map(([kind, handler]) => startLane(kind, handler))
  const unsubscribe = effects.onDue(() => {
    for (const { ring } of lanes) ring()
  })

  /** One kind: takes what is due as long as it may do more at once. */
  function startLane(kind: string, handler: Handler): { readonly ring: () => void; readonly over: Promise<void> } {
    const bell = createBell()
    const underWay = new Map<Promise<void>, string>()
    const isFree = (target: string) =>
      [...underWay.values()].filter((one) => one === target).length < handler.mostAtTarget

    async function take(): Promise<Effect | undefined> {
      if (underWay.size >= handler.most) return undefined
      return effects.take(kind, handler.holdMs, isFree).catch((error: unknown) => {
        log.warn({ kind, err: error }, 'the effects cannot be read')
        return undefined
      })
    }

    function begin(effect: Effect): void {
      const one = work(effect, handler).finally(() => {
        underWay.delete(one)
        bell.ring()
      })
      underWay.set(one, effect.target)
    }

    async function loop(): Promise<void> {
      for (;;) {
        const effect = stop.signal.aborted ? undefined : await take()
        if (effect !== undefined) begin(effect)
        else if (isDraining && underWay.size === 0) return
        else await bell.waitFor(TICK_MS)
      }
    }
    return { ring: bell.ring, over: loop() }
  }

  async function work(effect: Effect, handler: Handler): Promise<void> {
    const { run } = handler
    const { id, jobId, names, kind, tries } = effect
    const line = { ...names, jobId, effectId: id, kind, tries }
    try {
      const { state, within, onDone } = await run(effect, stop.signal)
      if (await insist(() => effects.done(effect, state, within))) onDone?.()
      else log.warn(line, 'an effect took so long that another process has it')
    } catch (error) {
      // Nobody knows whether it arrived: it is tried again, by whoever comes next.
      const note = async () =>
        void (stop.signal.aborted ? await effects.later(effect, 0, 'stopped') : await failed(effect, handler, error))
      await insist(note).catch((lost: unknown) => {
        log.warn({ ...line, err: lost }, 'an effect cannot be noted; it is taken again when its hold has run out')
      })
    }
  }

  async function failed(effect: Effect, { whenDead }: Handler, error: unknown): Promise<void> {
    const { id, jobId, names, kind, tries } = effect
    const line = { ...names, jobId, effectId: id, kind, tries }
    const isBug = !(error instanceof DeliveryError)
    // What a bug says may hold anything.
    const why = isBug
      ? 'a fault of the service; its log has the details'
      : error.message.slice(0, MOST_ERROR_CHARACTERS)
    const counted = tries - effect.triesBefore
    const waitMs = isBug || error.again === 'later' ? nextTryMs(counted, random(), isBug ? 0 : error.leastMs) : null
    if (waitMs === null) {
      await effects.dead(effect, why, whenDead?.(effect))
      return log.error(
        { ...line, why, ...(isBug && { err: error }) },
        'an effect is given up; see /v1/effects?state=dead',
      )
    }
    await effects.later(effect, waitMs, why)
    log[isBug ? 'error' : 'warn']({ ...line, why, waitMs, ...(isBug && { err: error }) }, 'an effect is tried again')
  }

  /** As long as the store is away, until this process stops. */
  async function insist<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        const isPassing = error instanceof FaultError && FAULTS[error.fault.kind].again === 'later'
        if (!isPassing || isDraining) throw error
        await new Promise((resolve) => setTimeout(resolve, AWAY_MS))
      }
    }
  }

  return {
    async drain(graceMs) {
      isDraining = true
      const timer = setTimeout(() => stop.abort(new Error('the service is stopping')), graceMs)
      for (const { ring } of lanes) ring()
      await Promise.all(lanes.map(({ over }) => over))
      clearTimeout(timer)
      unsubscribe()
    },
  }
}
