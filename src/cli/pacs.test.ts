import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { freePort } from '../../test/fixtures/free-port.ts'
import { makeStudy, sendBySCU } from '../../test/fixtures/made-study.ts'
import { noOrthanc, startOrthanc } from '../../test/fixtures/orthanc.ts'
import { askPacs } from '../../test/fixtures/pacs-cli.ts'
import { pydicomMissing } from '../../test/fixtures/pydicom.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-cli-pacs-'))
after(() => rmSync(folder, { recursive: true }))

const check = (config: unknown) => askPacs(config, 'check')
const NOT_STORED =
  'whether a destination stores was not tried; pacs check --store sends a small test segmentation to each of them'

test('every source and destination has a line that says what it is, or what is wrong with it', {
  skip: noOrthanc,
}, async (t) => {
  const far = await startOrthanc(t, {
    aet: 'FAR',
    more: { DicomModalities: { gateway: ['TESTPACS', '127.0.0.1', 104] } },
  })
  const gone = await freePort()
  const { url, dicomWebUrl } = await startOrthanc(t, {
    more: { DicomModalities: { far: ['FAR', '127.0.0.1', far.dicomPort], gone: ['GONE', '127.0.0.1', gone] } },
  })
  const good = {
    sources: [
      { name: 'gateway', kind: 'orthanc', url },
      { name: 'web', kind: 'dicomweb', url: dicomWebUrl },
    ],
    destinations: [
      { name: 'back', kind: 'stow', url: dicomWebUrl },
      { name: 'far', kind: 'orthanc', url, modality: 'far' },
    ],
  }
  const { code, out, err } = await check(good)
  assert.deepEqual([code, err], [0, []])
  assert.match(out[0]!, /^source {2}gateway is Orthanc [\d.]+\S*, with 0 changes so far$/)
  assert.deepEqual(out.slice(1), [
    'source  web answers searches',
    'destination  back answers searches',
    'destination  far reaches far',
    NOT_STORED,
  ])
  assert.equal(await far.count(), 0)
  const bad = await check({
    sources: [
      { name: 'away', kind: 'orthanc', url: `http://127.0.0.1:${gone}` },
      { name: 'elsewhere', kind: 'orthanc', url: dicomWebUrl },
    ],
    destinations: [
      { name: 'back', kind: 'stow', url },
      { name: 'gone', kind: 'orthanc', url, modality: 'gone' },
      { name: 'none', kind: 'orthanc', url, peer: 'none' },
    ],
  })
  assert.deepEqual([bad.code, bad.out], [1, [NOT_STORED]])
  assert.deepEqual(bad.err, [
    'source  away cannot be reached (unreachable, ECONNREFUSED)',
    'source  elsewhere knows no such address (not-there, no /system: is this the root of an Orthanc?)',
    'destination  back refuses it (refused, HTTP 400)',
    'destination  gone cannot reach the one that it sends to (peer-unreachable, gone, HTTP 500)',
    'destination  none knows no such address (not-there, its peers have no none)',
  ])
})

test('a file with faults is told fault by fault', async () => {
  const { code, err } = await check({ sources: [{ name: 'a', kind: 'orthanc', url: 'x' }], more: 1 })
  assert.equal(code, 1)
  assert.deepEqual(err, [
    'ONELABEL_PACS_CONFIG: sources[0].url: must be an http(s) URL',
    'ONELABEL_PACS_CONFIG: the file: has no more',
  ])
})

test('a dry run says what is there and what would follow, of both kinds of source, and stores nothing', {
  skip: noOrthanc || pydicomMissing,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  const study = makeStudy(folder, { series: [{ instances: 3, description: 'T1 MPRAGE' }] })
  sendBySCU(orthanc, study.series[0]!.files)
  const config = {
    sources: [
      { name: 'gateway', kind: 'orthanc', url: orthanc.url },
      { name: 'web', kind: 'dicomweb', url: orthanc.dicomWebUrl },
    ],
    rules: [{ name: 'brain', model: 'm', require: ['t1'] }],
  }
  const { code, out, err } = await askPacs(config, 'dry-run', study.studyUid)
  assert.deepEqual([code, err], [0, []])
  const each = [
    '  1  MR  3 images  T1 MPRAGE: may be t1 (8 points)',
    'rule brain would compute m with t1 from series 1 (complete) and send nothing, 60 s after the last image',
  ]
  assert.deepEqual(out, ['gateway has it, with 1 series:', ...each, 'web has it, with 1 series:', ...each])
  assert.equal(await orthanc.count(), 3)
  const none = await askPacs(config, 'dry-run', '1.2.3')
  assert.deepEqual([none.code, none.out], [1, ['gateway does not have it', 'web does not have it']])
  assert.equal((await askPacs(config, 'dry-run', 'DOE^JANE')).code, 2)
})
