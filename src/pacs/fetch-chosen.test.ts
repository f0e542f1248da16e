import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { intakeKey } from '../dicom/intake-key.ts'
import type { HeldStudy } from '../store/study-store.ts'
import { PacsError } from './delivery-code.ts'
import { fetchChosen } from './fetch-chosen.ts'
import type { Source } from './source.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-fetch-'))
after(() => rmSync(folder, { recursive: true }))
const WITH = { model: 'm', options: {} }
const KEY = intakeKey({ instances: { t1: ['1', '2'] }, ...WITH })

/** One series, of which the source lists some and gives some. */
function fetchFrom(listed: readonly string[], given: number, key = 'series') {
  const source: Partial<Source> = {
    name: 'there',
    series: async () => [
      {
        key,
        seriesInstanceUid: '1.2',
        modality: 'MR',
        number: 1,
        description: '',
        manufacturer: '',
        instances: listed.length,
        expected: null,
      },
    ],
    instances: async () => listed,
    async pull(_study, _series, sink) {
      const bytes = async function* () {
        yield Buffer.from('dicom')
      }
      for (let n = 0; n < given; n++) await sink(n, bytes())
      return given
    },
  }
  const chosen = [{ channel: 't1', key: 'series', seriesInstanceUid: '1.2', instances: 2 }]
  const study = { chosen, intakeKey: KEY } as unknown as HeldStudy
  const into = mkdtempSync(join(folder, 'into-'))
  const limits = { parts: 10, partBytes: 100 }
  return fetchChosen(study, source as Source, WITH, into, limits, new AbortController().signal)
}

test('the instances that were decided on lie in a folder of their channel', async () => {
  const fetched = await fetchFrom(['2', '1'], 2)
  assert.deepEqual(fetched?.instances, { t1: ['2', '1'] })
  assert.deepEqual(readdirSync(fetched.folders['t1']!), ['000000.dcm', '000001.dcm'])
})

test('a series that has more, fewer or others by now, or is gone, is not fetched', async () => {
  for (const listed of [['1', '2', '3'], ['1'], ['1', '3']]) assert.equal(await fetchFrom(listed, 2), null)
  assert.equal(await fetchFrom(['1', '2'], 2, 'another'), null)
})

test('a source that gives fewer than it lists is asked again later', async () => {
  await assert.rejects(fetchFrom(['1', '2'], 1), (error) => error instanceof PacsError && error.code === 'not-all')
})
