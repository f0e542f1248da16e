/**
 * A thread that asks /livez on a fixed beat, whether or not the last answer has come: a deaf moment then costs every
 * question that falls into it, and not just one. A thread of its own, so that the load's clients do not delay it.
 */
import { Agent } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'
import { ask } from './ask.ts'
import type { LivezAnswers } from './livez.ts'

const TIMEOUT_MS = 10_000
const { base, everyMs } = workerData as { base: string; everyMs: number }
const agent = new Agent({ keepAlive: true })
const times: number[] = []
let failed = 0
const open = new Set<Promise<void>>()

async function poll(): Promise<void> {
  try {
    const { status, ms } = await ask(`${base}/livez`, { agent, signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (status === 200) times.push(ms)
    else failed++
  } catch {
    failed++
  }
}

const beat = setInterval(() => {
  const one = poll()
  open.add(one)
  one.then(() => open.delete(one))
}, everyMs)

parentPort?.once('message', async () => {
  clearInterval(beat)
  await Promise.all(open)
  agent.destroy()
  parentPort?.postMessage({ ms: times, failed } satisfies LivezAnswers)
})
