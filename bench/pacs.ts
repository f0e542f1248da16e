/**
 * Many studies at once, from a real Orthanc through the service as it is run and back: a tiny model, SQLite, loopback. Prints
 * the figures as JSON; exits with 1 when a study has not exactly one SEG and one SR in the end. Needs /proc and Debian's
 * Orthanc. Gives up after two minutes and three seconds a study.
 *
 *   node bench/pacs.ts [--studies 40]
 */
import { availableParallelism, loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { openPacsSite } from '../test/fixtures/pacs-site.ts'
import { type RealService, residentMib } from '../test/fixtures/real-service.ts'

const SAMPLE_EVERY_MS = 500
const SHARES = [0.1, 0.25, 0.5, 0.75, 1]

const { values } = parseArgs({ options: { studies: { type: 'string', default: '40' } } })
const count = Number(values.studies)
const signal = AbortSignal.timeout(120_000 + 3_000 * count)

const endings: (() => unknown)[] = []
const after = (end?: unknown) => void endings.unshift(end as () => unknown)

interface Sample {
  readonly delivered: number
  readonly apiMib: number
  readonly computeMib: number
}

function sample(service: RealService, delivered: number): Sample {
  const compute = service.childPids().reduce((sum, pid) => sum + residentMib(pid), 0)
  return { delivered, apiMib: Math.round(residentMib(service.pid)), computeMib: Math.round(compute) }
}

async function run() {
  const site = await openPacsSite({ after })
  for (let n = 0; n < count; n++) await site.send()
  const [loadBefore] = loadavg()
  const service = await site.start({ NODE_OPTIONS: '' })
  await service.ready()
  const startMs = Date.now()
  const samples: Sample[] = []
  for (;;) {
    signal.throwIfAborted()
    const delivered = site.delivered().length
    samples.push(sample(service, delivered))
    const isOver = site.studies().every(({ state }) => state === 'done') && site.openEffects().length === 0
    if (delivered === count && isOver) break
    await pause(SAMPLE_EVERY_MS)
  }
  const order = site.delivered()
  const came = site.studies()
  const placeOf = new Map(came.map(({ uid }, place) => [uid, place]))
  const highest = (of: 'apiMib' | 'computeMib') => Math.max(...samples.map((each) => each[of]))
  const made = await site.made()
  const isRight = isDeepStrictEqual(made, Object.fromEntries(site.sent.map((uid) => [uid, ['SEG', 'SR']])))
  const seconds = (order.at(-1)!.atMs - startMs) / 1000
  return {
    studies: count,
    images: count * 48,
    cores: availableParallelism(),
    loadAverage: { before: loadBefore, after: loadavg()[0] },
    seconds,
    studiesAMinute: Math.round((count / seconds) * 600) / 10,
    /** From the first word of the study that waited longest to its last object in the archive. */
    oldestSeconds:
      Math.max(...came.map(({ uid, createdMs }) => order.find((each) => each.uid === uid)!.atMs - createdMs)) / 1000,
    firstSeconds: (order[0]!.atMs - startMs) / 1000,
    /** By how many places a study was delivered earlier or later than it came. */
    placesMoved: Math.max(...order.map(({ uid }, place) => Math.abs(placeOf.get(uid)! - place))),
    memory: SHARES.map((share) => samples.find(({ delivered }) => delivered >= share * count)),
    highestMib: { api: highest('apiMib'), compute: highest('computeMib') },
    isRight,
  }
}

try {
  const figures = await run()
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
  process.exitCode = figures.isRight ? 0 : 1
} finally {
  for (const end of endings) await end()
}
