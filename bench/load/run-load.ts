/** Many uploads to a real service, as good clients send them, and what became of uploads, /livez, memory and descriptors. */
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { descriptorsOf, type RealService, residentMib, startRealService } from '../../test/fixtures/real-service.ts'
import { makeTinyModel, tinyScan } from '../../test/fixtures/tiny-model.ts'
import type { Answer } from './ask.ts'
import { createClient, type Sent } from './client.ts'
import { type LivezAnswers, pollLivez } from './livez.ts'

export interface LoadOptions {
  readonly uploads: number
  readonly atOnce: number
  /** Sent before anything is measured. */
  readonly warmUp: number
  /** ONELABEL_* beside those that a test needs. */
  readonly settings?: Readonly<Record<string, string>>
  readonly random: () => number
  /** When to give up. */
  readonly signal: AbortSignal
}

export interface Usage {
  readonly descriptors: number
  readonly apiMib: number
  readonly computeMib: number
}

export interface LoadResult {
  readonly seconds: number
  readonly sent: readonly Sent[]
  /** "POST 503, Retry-After" → how often. */
  readonly answers: ReadonlyMap<string, number>
  readonly livez: LivezAnswers
  /** With no request open; `highest` under load, each by itself. */
  readonly usage: Readonly<Record<'afterWarmUp' | 'highest' | 'end', Usage>>
  /** How the service ended after SIGTERM. */
  readonly exitCode: number | null
}

const LIVEZ_EVERY_MS = 20
const SAMPLE_EVERY_MS = 250
/** For connections that were closed to be closed on the other side too, and for a worker to remove a job's scans. */
const SETTLE_MS = 2_000
/** Voxels an edge: 28 KB, 216 KB and 512 KB as raw int16. */
const EDGES = [24, 48, 64]

/** Rejects when the signal aborts, and where the service does not start or does not answer. */
export async function runLoad({ settings, ...options }: LoadOptions): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'onelabel-load-'))
  let service: RealService | undefined
  try {
    await makeTinyModel(join(folder, 'models'))
    service = await startRealService({
      ONELABEL_DATA_DIR: join(folder, 'data'),
      ONELABEL_MODELS_DIR: join(folder, 'models'),
      ONELABEL_CACHE: '0',
      ...settings,
    })
    await service.ready()
    return await measure(service, options)
  } finally {
    await service?.end('SIGKILL')
    rmSync(folder, { recursive: true })
  }
}

async function measure(service: RealService, options: Omit<LoadOptions, 'settings'>): Promise<LoadResult> {
  const { uploads, atOnce, warmUp, random, signal } = options
  await sendAll(service.base, { first: 0, count: warmUp, atOnce, random, signal, onAnswer: () => {} })
  await pause(SETTLE_MS, undefined, { signal })
  const afterWarmUp = usageOf(service)
  const answers = new Map<string, number>()
  let highest = afterWarmUp
  const sampler = setInterval(() => {
    highest = higher(highest, usageOf(service))
  }, SAMPLE_EVERY_MS)
  const stopPolling = pollLivez(service.base, LIVEZ_EVERY_MS)
  const startedMs = performance.now()
  try {
    const sent = await sendAll(service.base, {
      first: warmUp,
      count: uploads,
      atOnce,
      random,
      signal,
      onAnswer(what, answer) {
        const key = `${what} ${answer.status}${answer.header('retry-after') === undefined ? '' : ', Retry-After'}`
        answers.set(key, (answers.get(key) ?? 0) + 1)
      },
    })
    const seconds = (performance.now() - startedMs) / 1000
    const livez = await stopPolling()
    clearInterval(sampler)
    await pause(SETTLE_MS, undefined, { signal })
    const end = usageOf(service)
    return {
      seconds,
      sent,
      answers,
      livez,
      usage: { afterWarmUp, highest, end },
      exitCode: await service.end('SIGTERM'),
    }
  } catch (error) {
    clearInterval(sampler)
    await stopPolling()
    throw error
  }
}

interface Batch extends Pick<LoadOptions, 'atOnce' | 'random' | 'signal'> {
  readonly first: number
  readonly count: number
  readonly onAnswer: (what: string, answer: Answer) => void
}

/** `atOnce` clients, each with its next upload when the last one has ended. */
async function sendAll(base: string, { first, count, atOnce, random, signal, onAnswer }: Batch): Promise<Sent[]> {
  const scans = EDGES.flatMap((edge) => [tinyScan(edge, { gz: true }), tinyScan(edge)])
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const client = createClient({ base, agent, signal, onAnswer, random })
  const sent: Sent[] = []
  let next = first
  async function sendOnAndOn(): Promise<void> {
    while (next < first + count) {
      const n = next++
      sent.push(await client.send({ n, scan: scans[n % scans.length]! }))
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, sendOnAndOn))
  } finally {
    agent.destroy()
  }
  return sent
}

function usageOf({ pid, childPids }: RealService): Usage {
  const computeMib = childPids().reduce((sum, child) => sum + residentMib(child), 0)
  return { descriptors: descriptorsOf(pid), apiMib: Math.round(residentMib(pid)), computeMib: Math.round(computeMib) }
}

const higher = (a: Usage, b: Usage): Usage => ({
  descriptors: Math.max(a.descriptors, b.descriptors),
  apiMib: Math.max(a.apiMib, b.apiMib),
  computeMib: Math.max(a.computeMib, b.computeMib),
})
