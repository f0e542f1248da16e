/** `pacs check --store` against real Orthancs, and against archives that refuse, or say what is not so. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startArchive } from '../../test/fixtures/archive.ts'
import { dicomToolsMissing, objectFaults } from '../../test/fixtures/dicom-checks.ts'
import { freePort } from '../../test/fixtures/free-port.ts'
import { noOrthanc, startOrthanc } from '../../test/fixtures/orthanc.ts'
import { askPacs } from '../../test/fixtures/pacs-cli.ts'
import { pydicom, pydicomMissing } from '../../test/fixtures/pydicom.ts'
import { CHECK_STUDY_UID, checkObject } from '../pacs/check-object.ts'
import { isTaken } from '../pacs/loop-guard.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-pacs-store-'))
after(() => rmSync(folder, { recursive: true }))

const WHERE = `the test study ${CHECK_STUDY_UID} of the patient ONELABEL-CHECK may lie at`

test('the test object is valid, of a patient who is none, and the same bytes each time', {
  skip: dicomToolsMissing || pydicomMissing,
}, () => {
  const { bytes, parcel } = checkObject()
  const path = join(folder, 'check.dcm')
  writeFileSync(path, bytes)
  assert.deepEqual(objectFaults(path), [])
  const READ = `
s = pydicom.dcmread(args[0])
print(json.dumps([str(s.PatientName), s.PatientID, s.Modality, s.Manufacturer, s.StudyInstanceUID, s.SeriesInstanceUID,
                  s.SOPInstanceUID, s.SOPClassUID, int(s.pixel_array.sum())]))
`
  assert.deepEqual(pydicom(READ, [path]), [
    ...['ONELABEL^CHECK', 'ONELABEL-CHECK', 'SEG', 'onelabel', CHECK_STUDY_UID, parcel.seriesInstanceUid],
    ...[parcel.sopInstanceUid, parcel.sopClassUid, 32],
  ])
  assert.deepEqual(checkObject().bytes, bytes)
})

test('it is stored once however often it is asked for, by each way that results go, and is never taken as a scan', {
  skip: noOrthanc,
}, async (t) => {
  const more = { DicomModalities: { gateway: ['TESTPACS', '127.0.0.1', 104] } }
  const far = await startOrthanc(t, { aet: 'FAR', more })
  const near = await startOrthanc(t, {
    more: { DicomModalities: { far: ['FAR', '127.0.0.1', far.dicomPort] } },
  })
  const back = { name: 'back', kind: 'stow', url: near.dicomWebUrl }
  const on = { name: 'on', kind: 'orthanc', url: near.url, modality: 'far', verify: 'find' }
  const source = { name: 'gateway', kind: 'orthanc', url: near.url }
  const check = (...destinations: object[]) => askPacs({ destinations }, 'check', '--store')

  assert.deepEqual(await check(back), {
    code: 0,
    out: [
      'destination  back answers searches, and took a test object, and a search finds it there',
      `${WHERE} back; delete it there`,
    ],
    err: [],
  })
  assert.equal(await near.count(), 1)
  assert.deepEqual(await check(on), {
    code: 0,
    out: [
      'destination  on reaches far, and took a test object, and C-FIND finds it there',
      `${WHERE} on (in the Orthanc, and where that sent it); delete it there`,
    ],
    err: [],
  })
  const again = await check(back, on)
  assert.deepEqual(again.out.slice(0, 2), [
    'destination  back answers searches, and had the test object before; delete its study to see whether it stores today',
    'destination  on reaches far, and had the test object before; delete its study to see whether it stores today',
  ])
  const unasked = await check({ ...back, verify: 'none' })
  assert.deepEqual(unasked.out.slice(0, 1), [
    'destination  back can be reached, and took a test object; verify is none, so nobody asked whether it has it',
  ])
  assert.deepEqual([again.code, unasked.code, await near.count(), await far.count()], [0, 0, 1, 1])

  const { out } = await askPacs(
    { sources: [source], rules: [{ name: 'brain', model: 'm', require: ['t1'] }] },
    ...['dry-run', CHECK_STUDY_UID],
  )
  assert.match(out[1]!, /SEG {2}1 images .*: not taken, it is no MR or made by us$/)
  assert.match(out[2]!, /^rule brain would ignore it as nothing-to-compute/)
  // An archive that called it an image would still name who made it.
  const { seriesInstanceUid } = checkObject().parcel
  assert.ok(!isTaken({ modality: 'MR', manufacturer: 'onelabel', seriesInstanceUid }, new Set()))
})

test('what an archive does instead of storing is told in words, with what a result would fare', async (t) => {
  const { sopInstanceUid, sopClassUid } = checkObject().parcel
  const item = (reason: number) => ({
    '00081150': { vr: 'UI', Value: [sopClassUid] },
    '00081155': { vr: 'UI', Value: [sopInstanceUid] },
    '00081197': { vr: 'US', Value: [reason] },
  })
  const failing = (reason: number) =>
    startArchive(t, [(res) => void res.writeHead(409).end(JSON.stringify({ '00081198': { Value: [item(reason)] } }))])
  const noSeg = await failing(0x0122)
  const full = await failing(0xa700)
  const silent = await startArchive(t, [(res) => void res.writeHead(200).end()])
  const gone = await freePort()
  const of = (name: string, url: string) => ({ name, kind: 'stow', url })
  const { code, out, err } = await askPacs(
    {
      destinations: [
        of('no-seg', noSeg.origin),
        of('full', full.origin),
        of('silent', silent.origin),
        of('gone', `http://127.0.0.1:${gone}`),
      ],
    },
    ...['check', '--store'],
  )
  assert.equal(code, 1)
  const when = 'when a test object was stored'
  assert.deepEqual(err, [
    `destination  no-seg does not take objects of this kind (not-supported, HTTP 409, reason 0122), ${when}: a result would be given up at once`,
    `destination  full has no room (full, HTTP 409, reason A700), ${when}: a result would be tried again for a day`,
    `destination  silent answered without a word about what was sent (not-told, HTTP 200), ${when}: a result would be looked for, and tried again for a day where it is not there`,
    'destination  gone cannot be reached (unreachable, ECONNREFUSED)',
  ])
  assert.deepEqual(out, [`${WHERE} no-seg, full, silent, gone; delete it there`])
  assert.deepEqual([noSeg.stows(), full.stows(), silent.stows()], [1, 1, 1])
})

test('nothing is stored that was not asked for', async (t) => {
  const archive = await startArchive(t, [(res) => void res.writeHead(200).end()])
  const config = { destinations: [{ name: 'back', kind: 'stow', url: archive.origin }] }
  const { code, out } = await askPacs(config, 'check')
  assert.deepEqual([code, out.length, archive.stows()], [0, 2, 0])
  assert.match(out[1]!, /was not tried; pacs check --store/)
  assert.equal((await askPacs(config, 'dry-run', '1.2.3', '--store')).code, 2)
})
