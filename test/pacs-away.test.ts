/**
 * What becomes of a study when one part of the way is not there for a while: nothing is lost, and nothing comes twice. The
 * service is a real process between real Orthancs.
 */
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { noOrthanc, type Orthanc, startOrthanc } from './fixtures/orthanc.ts'
import { openPacsSite, type PacsSite } from './fixtures/pacs-site.ts'
import { until } from './fixtures/service.ts'
import { startReceiver } from './fixtures/webhook-receiver.ts'

const LuaScripts = [resolve(import.meta.dirname, '../deploy/orthanc/hint.lua')]

async function delivered(site: PacsSite): Promise<void> {
  await until(() => site.delivered().length === site.sent.length && site.openEffects().length === 0)
  await until(() => site.studies().every(({ state }) => state === 'done'))
}

async function modalitiesIn(orthanc: Orthanc): Promise<readonly string[]> {
  const instances = (await orthanc.get('instances?expand')) as { ParentSeries: string }[]
  const series = instances.map(({ ParentSeries }) => orthanc.get(`series/${ParentSeries}`))
  const found = (await Promise.all(series)) as { MainDicomTags: { Modality: string } }[]
  return found.map(({ MainDicomTags }) => MainDicomTags.Modality).sort()
}

test('a destination that is down while a study is computed has its SEG and its SR once when it is back', {
  skip: noOrthanc,
}, async (t) => {
  const far = await startOrthanc(t)
  const site = await openPacsSite(t, { to: far.dicomWebUrl })
  await far.stop()
  await site.start({ NODE_OPTIONS: '' })
  await site.send()
  const refused = 'pacs pending back cannot be reached (unreachable, ECONNREFUSED)'
  await until(() => site.openEffects().filter((open) => open === refused).length === 2)
  assert.deepEqual(site.delivered(), [])
  await far.start()
  await delivered(site)
  assert.deepEqual(await modalitiesIn(far), ['SEG', 'SR'])
  assert.equal(await site.orthanc.count(), 48)
})

test('a study of which no hint arrives is found in /changes', { skip: noOrthanc }, async (t) => {
  const lost = await startReceiver(t, { answer: (res) => void res.destroy() })
  const env = { HINT_TARGET: `${lost.origin}/v1/pacs/hints`, HINT_SOURCE: 'gateway' }
  const site = await openPacsSite(t, { everyS: 2, orthanc: { more: { LuaScripts }, env } })
  await site.start({ NODE_OPTIONS: '' })
  await site.send()
  await until(() => lost.received.length > 0)
  await delivered(site)
  assert.deepEqual(await site.made(), { [site.sent[0]!]: ['SEG', 'SR'] })
})

test('a hint that was taken and not yet followed when the service was killed is followed after the next start', {
  skip: noOrthanc,
}, async (t) => {
  // Without the hint nobody would ask within the time of this test.
  const site = await openPacsSite(t, { everyS: 3600 })
  const first = await site.start()
  await until(site.wasRead)
  await first.end('SIGTERM')
  const second = await site.start({ DIES_AT: 'before GET /changes' })
  await site.send()
  const body = JSON.stringify({ source: 'gateway' })
  // It may die before it answers.
  await fetch(`${second.base}/v1/pacs/hints`, { method: 'POST', body }).catch(() => {})
  assert.equal(await second.exited, null)
  site.expireHolds()
  assert.deepEqual(site.studies(), [])
  await site.start({ NODE_OPTIONS: '' })
  await delivered(site)
  assert.deepEqual(await site.made(), { [site.sent[0]!]: ['SEG', 'SR'] })
})
