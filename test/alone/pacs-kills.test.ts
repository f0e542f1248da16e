/**
 * kill -9 of the whole service, with its compute process, while studies come to an Orthanc, are fetched, computed and stored
 * there: at each step (fixtures/dies-at.ts) and at any time. Then everything is counted in that Orthanc.
 *
 * PACS_KILLS: how many, instead of those that fit into a test; PACS_KILLS_SEED: which.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { seededRandom } from '../../training/compile/random.ts'
import { noOrthanc } from '../fixtures/orthanc.ts'
import { openPacsSite, type PacsSite } from '../fixtures/pacs-site.ts'
import { until } from '../fixtures/service.ts'

const KILLS = Number(process.env['PACS_KILLS'] ?? 24)
const SEED = Number(process.env['PACS_KILLS_SEED'] ?? 1)
/** Every so many kills one that is at any time, not at a step. */
const AT_ANY_TIME_EVERY = 4
const ANY_TIME_MS = 4_000
/** A step to which the service does not come by then, because nothing waits for it, is a kill at any time too. */
const LOOK_FOR_STEP_MS = 15_000

const isSettled = ({ state }: { readonly state: string }) => state === 'done' || state === 'parked'

/** Until everything is done. @returns the steps of it */
async function finish(site: PacsSite): Promise<readonly string[]> {
  const service = await site.start()
  await until(() => {
    const studies = site.studies()
    return studies.length === site.sent.length && studies.every(isSettled) && site.openEffects().length === 0
  })
  const { base, lines } = service
  for (const { id, reason } of site.studies().filter(({ state }) => state === 'parked')) {
    // Its computation was killed twice; whether to try again is for a person to say.
    assert.equal(reason, 'poison')
    assert.equal((await fetch(`${base}/v1/pacs/studies/${id}:retry`, { method: 'POST' })).status, 200)
  }
  await until(() => site.studies().every(isSettled) && site.openEffects().length === 0)
  await service.end('SIGTERM')
  return lines.flatMap((line) => (line.startsWith('{"step":') ? [(JSON.parse(line) as { step: string }).step] : []))
}

async function killAt(site: PacsSite, step: string | null, afterMs: number): Promise<'at a step' | 'at any time'> {
  const service = await site.start({ DIES_AT: step ?? 'never' }).catch((error: Error) => {
    // It died before it listened.
    if (step === null || !error.message.startsWith('it ended with null')) throw error
  })
  if (service === undefined) return 'at a step'
  const over = new AbortController()
  const isOver = await Promise.race([
    service.exited.then(() => true),
    pause(step === null ? afterMs : LOOK_FOR_STEP_MS, false, { signal: over.signal }),
  ])
  over.abort()
  if (isOver) return 'at a step'
  process.kill(-service.pid, 'SIGKILL')
  await service.exited
  return 'at any time'
}

async function killAndCount(t: TestContext): Promise<void> {
  const site = await openPacsSite(t)
  const random = seededRandom(SEED)
  // The first study takes steps that later ones never take.
  await site.send()
  await finish(site)
  await site.send()
  const steps = (await finish(site)).map((step) => ({ step, at: random.uniform(0, 1) })).sort((a, b) => a.at - b.at)
  assert.ok(steps.length >= 30, steps.map(({ step }) => step).join('\n'))
  for (let n = 0; n < 2; n++) await site.send()
  const counts = { 'at a step': 0, 'at any time': 0 }
  const met = new Set<string>()
  for (let n = 0; n < KILLS; n++) {
    await site.send()
    const isAnyTime = n % AT_ANY_TIME_EVERY === AT_ANY_TIME_EVERY - 1
    const { step } = steps[(n - Math.floor(n / AT_ANY_TIME_EVERY)) % steps.length]!
    const how = await killAt(site, isAnyTime ? null : step, random.uniform(0, ANY_TIME_MS))
    counts[how]++
    if (how === 'at a step') met.add(step)
    site.expireHolds()
  }
  await finish(site)

  t.diagnostic(`${steps.length} steps, seed ${SEED}: ${counts['at a step']} kills at ${met.size} of them`)
  t.diagnostic(
    `${counts['at any time']} kills at any time; ${site.sent.length} studies, ${site.poisoned()} jobs killed twice`,
  )
  // One may be open once more, because its own results came.
  assert.deepEqual(
    site
      .studies()
      .map(({ uid, reason }) => [uid, reason])
      .sort(),
    site.sent.map((uid) => [uid, 'computed']).sort(),
  )
  const made = await site.made()
  assert.deepEqual(made, Object.fromEntries(site.sent.map((uid) => [uid, ['SEG', 'SR']])))
  assert.equal(await site.orthanc.count(), site.sent.length * 50)
}

/** For a service that never comes to an end: nothing else here is in a hurry. */
const timeout = 60 * 60_000

test(
  `${KILLS} kills: each study has one SEG and one SR in the archive, and none is lost`,
  { skip: noOrthanc, timeout },
  killAndCount,
)
