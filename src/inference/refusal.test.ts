import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dicomSeries, FLAIR, PLANTED, T1 } from '../../test/fixtures/dicom-study.ts'
import { tinyCard, tinyScan } from '../../test/fixtures/tiny-model.ts'
import { FaultError, type FaultKind } from '../errors.ts'
import { reportRefusal } from './refusal.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-refusal-'))
after(() => rmSync(folder, { recursive: true }))

const scans = Object.fromEntries(
  Object.entries({ t1: T1, flair: FLAIR }).map(([channel, scan]) => {
    mkdirSync(join(folder, channel))
    for (const [at, file] of dicomSeries(scan).entries()) writeFileSync(join(folder, channel, `${at}.dcm`), file)
    return [channel, join(folder, channel)]
  }),
)
const nifti = join(folder, 't1.nii')
writeFileSync(nifti, tinyScan())

const card = tinyCard('tiny', Buffer.from('weights'))
const limits = { maxFileBytes: 1e7, maxInflatedBytes: 1e7, maxVoxels: 1e6 }
const refusal = { seriesInstanceUid: '2.25.7', sopInstanceUid: '2.25.8', instanceNumber: 1 }
let reports = 0

/** The bytes of the report, or null where there is none. */
async function reported(kind: FaultKind | null, of = scans, names: object = { refusal }): Promise<Buffer | null> {
  const refusalPath = join(folder, `report-${reports++}.dcm`)
  const paths = { seg: '', sr: '', sc: '' }
  const task = { paths, refusalPath, names, madeMs: 0, softwareVersion: '0', codeVersion: '0' }
  const error = kind === null ? new TypeError('a bug') : new FaultError(kind, 'what was seen')
  await reportRefusal(task, error, { scans: of, card, limits })
  return existsSync(refusalPath) ? readFileSync(refusalPath) : null
}

test('a refusal of DICOM leaves a report of its name, with code, patient and both series', async () => {
  const report = (await reported('scan-constant'))!.toString('latin1')
  for (const text of [
    'scan-constant: what was seen',
    `${PLANTED}-ID`,
    '2.25.7',
    '2.25.8',
    '1.2.3.1.24',
    '1.2.3.2.24',
  ]) {
    assert.ok(report.includes(text), text)
  }
})

test('made again at the same time it has the same bytes', async () => {
  assert.deepEqual(await reported('channels-swapped'), await reported('channels-swapped'))
})

test('there is none of another fault, of a bug, of a scan that is no DICOM, or where nobody named it', async () => {
  assert.equal(await reported('compute-timeout'), null)
  assert.equal(await reported('dicom-pixels'), null)
  assert.equal(await reported(null), null)
  assert.equal(await reported('channels-swapped', { t1: nifti }), null)
  assert.equal(await reported('channels-swapped', scans, {}), null)
})
