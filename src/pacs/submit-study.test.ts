/** A study that is ready, taken again and again as after crashes. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { intakeKey } from '../dicom/intake-key.ts'
import { FaultError } from '../errors.ts'
import { openSqliteStore, type Store } from '../store/store.ts'
import { pacsConfig, type Rule } from './config.ts'
import type { Source } from './source.ts'
import { createSubmitStudy, type FetchedStudy } from './submit-study.ts'

const WITH = { model: 'm@1', options: { strict: '1' } }
const KEY = intakeKey({ instances: { t1: ['1.1', '1.2'] }, ...WITH })
const [RULE] = pacsConfig.parse({ rules: [{ name: 'brain', model: 'm', require: ['t1'], send: ['sr'] }] }).rules as [
  Rule,
]
const never = new AbortController().signal

let folder: string
let store: Store
let nowMs: number
let listed: readonly string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-submit-'))
  nowMs = 1_700_000_000_000
  listed = ['1.1', '1.2']
  store = openSqliteStore(join(folder, 'jobs.sqlite'), () => nowMs)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const source: Partial<Source> = {
  name: 'gateway',
  series: async () => [
    {
      key: 's',
      seriesInstanceUid: '1',
      modality: 'MR',
      number: 1,
      description: 'T1',
      manufacturer: '',
      instances: listed.length,
      expected: null,
    },
  ],
  instances: async () => listed,
  async pull(_study, _series, sink) {
    for (const at of listed.keys()) {
      await sink(
        at,
        (async function* () {
          yield Buffer.from('dicom')
        })(),
      )
    }
    return listed.length
  },
}

async function ready() {
  await store.studies.touch('gateway', [{ key: 'k', studyInstanceUid: '1.2', stamp: '1' }], ['brain'])
  const chosen = [{ channel: 't1', key: 's', seriesInstanceUid: '1', instances: 2, why: 'complete' }]
  const held = (await store.studies.take(60_000))!
  await store.studies.begin(held, { key: KEY, chosen, facts: null, isRerunAllowed: false })
}

/** As a process that takes it and is lost before it can say so. @returns what it made of it, and what it saw */
async function takeOnce(takeStudy: (study: FetchedStudy) => Promise<string>, hasRoom = true) {
  const held = (await store.studies.take(1_000))!
  nowMs += 2_000
  const passingDir = join(folder, 'studies')
  const limits = { parts: 10, partBytes: 100 }
  const submit = createSubmitStudy({
    ...{ store, takeStudy, hasRoom: async () => hasRoom, computedWith: () => WITH, passingDir, limits },
  })
  const taken = await submit(held, source as Source, RULE, never)
  assert.deepEqual(hasRoom ? readdirSync(passingDir) : [], [], 'the files are gone')
  return taken
}

test('the same study is the same job however often it is taken, and has its lines in the audit once', async () => {
  await ready()
  const seen: FetchedStudy[] = []
  for (let n = 0; n < 3; n++) {
    const taken = await takeOnce(async (study) => {
      assert.ok(existsSync(join(study.files['t1']!, '000001.dcm')))
      seen.push(study)
      return 'job'
    })
    assert.deepEqual(taken, { jobId: 'job' })
  }
  assert.equal(new Set(seen.map(({ idempotencyKey }) => idempotencyKey)).size, 1)
  assert.deepEqual(Object.keys(seen[0]!.objects), ['sr'])
  const { id } = (await store.studies.list({ limit: 1 }))[0]!
  const lines = (await store.effects.ofJob(id)).map(({ kind, body }) => [kind, (body as { event: string }).event])
  assert.deepEqual(lines, [
    ['audit', 'decided'],
    ['audit', 'pulled'],
  ])
})

test('while the queue is full nothing is fetched, and nothing stands in the audit', async () => {
  await ready()
  assert.equal(await takeOnce(async () => assert.fail('it was taken'), false), 'no-room')
  const { id } = (await store.studies.list({ limit: 1 }))[0]!
  assert.deepEqual(await store.effects.ofJob(id), [])
})

test('a fault that is never tried again is a refusal; one that passes is thrown; other instances are a change', async () => {
  await ready()
  const throwing = (kind: 'dicom-tilt' | 'queue-full') => () => Promise.reject(new FaultError(kind, 'so it is'))
  assert.deepEqual(await takeOnce(throwing('dicom-tilt')), { refused: 'dicom-tilt' })
  await assert.rejects(takeOnce(throwing('queue-full')), /so it is/)
  listed = ['1.1', '1.2', '1.3']
  assert.equal(await takeOnce(async () => assert.fail('it was taken')), 'changed')
})
