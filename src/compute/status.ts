/** What the supervisor's child can do now, and how to wait for that to change. */
import { once } from 'node:events'
import { FaultError } from '../errors.ts'
import type { LeftOut } from '../model/registry.ts'
import type { Device } from '../network/device.ts'
import type { ReadyModel } from './protocol.ts'

export type ComputeStatus =
  | { readonly state: 'starting' }
  | {
      readonly state: 'ready'
      /** Really used, by the default model. */
      readonly device: Device
      readonly deviceReason?: string
      readonly models: readonly ReadyModel[]
      /** The models of the first set that were found invalid; absent: none. */
      readonly leftOut?: readonly LeftOut[]
    }
  | { readonly state: 'restarting'; readonly reason: string }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'stopped' }

/** @param models one at least, the default first */
export function readyStatus(models: readonly ReadyModel[], leftOut: readonly LeftOut[]) {
  const { device, deviceReason } = models[0]!
  const told = { device, ...(deviceReason !== undefined && { deviceReason }) }
  return { state: 'ready', ...told, models, ...(leftOut.length > 0 && { leftOut }) } as const
}

export interface StatusHolder {
  now(): ComputeStatus
  become(next: ComputeStatus): void
  /**
   * Resolves when the status is ready. Faults: 'cancelled' (the signal), 'not-ready' (failed), 'draining' (stopped), and
   * 'compute-crashed' while it restarts and `hopeless` says why that is of no use.
   */
  untilReady(hopeless: () => string | null, signal: AbortSignal | undefined): Promise<void>
}

export function statusHolder(): StatusHolder {
  let status: ComputeStatus = { state: 'starting' }
  let changed = Promise.withResolvers<void>()
  return {
    now: () => status,
    become(next) {
      status = next
      changed.resolve()
      changed = Promise.withResolvers<void>()
    },
    async untilReady(hopeless, signal) {
      while (status.state !== 'ready') {
        if (signal?.aborted) throw new FaultError('cancelled', 'cancelled before it began')
        if (status.state === 'failed') throw new FaultError('not-ready', `compute cannot serve: ${status.reason}`)
        if (status.state === 'stopped') throw new FaultError('draining', 'the service is stopping')
        const why = hopeless()
        if (why !== null && status.state === 'restarting') {
          throw new FaultError('compute-crashed', `${why}: ${status.reason}`)
        }
        await Promise.race([changed.promise, ...(signal ? [once(signal, 'abort')] : [])])
      }
      if (signal?.aborted) throw new FaultError('cancelled', 'cancelled before it began')
    },
  }
}
