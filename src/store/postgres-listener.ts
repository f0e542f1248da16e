/**
 * One connection that LISTENs, for as long as it is wanted: whenever it breaks, another is made a second later. What was
 * told in between is lost; whoever waits looks for itself once a second anyway.
 */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { clientOptions } from './postgres-connection.ts'

const AGAIN_MS = 1_000

/**
 * @param channel an SQL name
 * @returns how to stop; it listens once `ready` has resolved
 */
export function listenTo(url: string, channel: string, onPayload: (payload: string) => void) {
  const ready = Promise.withResolvers<void>()
  const stop = new AbortController()

  /** Until the connection breaks. */
  async function once(): Promise<void> {
    const client = new pg.Client(clientOptions(url))
    const broken = Promise.withResolvers<void>()
    const onBreak = () => broken.resolve()
    client.on('error', onBreak)
    client.on('end', onBreak)
    client.on('notification', ({ payload }) => onPayload(payload ?? ''))
    stop.signal.addEventListener('abort', onBreak)
    try {
      await client.connect()
      await client.query(`LISTEN ${channel}`)
      ready.resolve()
      if (!stop.signal.aborted) await broken.promise
    } finally {
      stop.signal.removeEventListener('abort', onBreak)
      void client.end().catch(() => {})
    }
  }

  async function keepOn(): Promise<void> {
    while (!stop.signal.aborted) {
      await once().catch(() => {})
      await pause(AGAIN_MS, undefined, { signal: stop.signal }).catch(() => {})
    }
  }

  void keepOn()
  return { ready: ready.promise, stop: () => stop.abort() }
}
