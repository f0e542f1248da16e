/**
 * How soon the service does what callers and operators wait for, beside a long scan: the real process, a tiny model,
 * loopback. The tests say that it does, not how soon, because that is of the machine. Prints milliseconds as JSON.
 *
 *   node bench/latency.ts [--times 10]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startRealService } from '../test/fixtures/real-service.ts'
import { until } from '../test/fixtures/service.ts'
import { makeTinyModel, tinyScan } from '../test/fixtures/tiny-model.ts'
import { quantile } from './load/figures.ts'

const { values } = parseArgs({ options: { times: { type: 'string', default: '10' } } })
const folder = mkdtempSync(join(tmpdir(), 'onelabel-latency-'))
await makeTinyModel(join(folder, 'models'), { slowMatMuls: 20 })
const paths = { ONELABEL_DATA_DIR: join(folder, 'data'), ONELABEL_MODELS_DIR: join(folder, 'models') }
const { base, childPids, end, ready } = await startRealService({ ...paths, ONELABEL_CACHE: '0' })

interface Seen {
  readonly state: string
  readonly progress: { readonly done: number }
}
const seen = async (location: string) => (await (await fetch(base + location)).json()) as Seen
const isReady = async () => (await fetch(`${base}/readyz`)).ok

/** A scan of 125 patches that is in them. */
async function startLong(): Promise<string> {
  const headers = { 'Content-Type': 'application/octet-stream', Prefer: 'respond-async' }
  const body = new Uint8Array(tinyScan(80))
  const answer = await fetch(`${base}/v1/segmentations?channel=t1`, { method: 'POST', headers, body })
  const location = answer.headers.get('location')!
  await until(async () => (await seen(location)).progress.done >= 1)
  return location
}

async function msOf(act: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await act()
  return performance.now() - startedMs
}

const cancel = (location: string) => fetch(base + location, { method: 'DELETE' })
const measured = { 'DELETE to cancelled': [] as number[], 'SIGKILL of the compute process to ready': [] as number[] }
try {
  await ready()
  for (let time = 0; time < Number(values.times); time++) {
    const location = await startLong()
    const cancelledMs = await msOf(async () => {
      await cancel(location)
      await until(async () => (await seen(location)).state === 'cancelled')
    })
    measured['DELETE to cancelled'].push(cancelledMs)
    const hit = await startLong()
    const readyMs = await msOf(async () => {
      process.kill(childPids()[0]!, 'SIGKILL')
      await until(async () => !(await isReady()))
      await until(isReady)
    })
    measured['SIGKILL of the compute process to ready'].push(readyMs)
    await cancel(hit)
    await until(async () => (await seen(hit)).state === 'cancelled')
  }
} finally {
  await end('SIGTERM')
  rmSync(folder, { recursive: true })
}
const figures = Object.entries(measured).map(([what, ms]) => [
  what,
  { p50: quantile(ms, 0.5), highest: Math.max(...ms) },
])
console.log(JSON.stringify(Object.fromEntries(figures), null, 2))
