/**
 * What `pacs check --store` sends: one small segmentation by our own writer, of a patient who is plainly none. The same bytes under
 * the same UIDs at each check, so that an archive holds one of it however often it is checked.
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { writeSeg } from '../dicom/seg-write.ts'
import { gridOf } from '../dicom/source-grid.ts'
import type { RawElement, SourceSeries } from '../dicom/source-series.ts'
import { uidOf } from '../dicom/uid.ts'
import type { LabelSet } from '../labels/label-set.ts'
import type { DestinationBlobs, Parcel } from './deliver.ts'

export const CHECK_PATIENT_ID = 'ONELABEL-CHECK'

const uid = (kind: string) => uidOf('onelabel pacs check', kind)
export const CHECK_STUDY_UID = uid('study')

const HEADER: readonly (readonly [tag: string, vr: string, value: string])[] = [
  // Long ago: at the end of every list, and in no search for the last days.
  ['00080020', 'DA', '20000101'],
  ['00080030', 'TM', '000000'],
  ['00080201', 'SH', '+0000'],
  ['00081030', 'LO', 'Test of onelabel, may be deleted'],
  ['00100010', 'PN', 'ONELABEL^CHECK'],
  ['00100020', 'LO', CHECK_PATIENT_ID],
  ['00100040', 'CS', 'O'],
  ['00200010', 'SH', 'CHECK'],
]

const LABELS: LabelSet = [
  { value: 0, name: 'background', kind: 'background', color: [0, 0, 0] },
  {
    value: 1,
    name: 'test',
    kind: 'tissue',
    color: [160, 160, 160],
    code: { scheme: 'SCT', value: '12738006', meaning: 'Brain' },
  },
]

/** Images that it says to be made of; there are none, and archives do not ask for them. */
const SOURCE: SourceSeries = {
  studyInstanceUid: CHECK_STUDY_UID,
  seriesInstanceUid: uid('images'),
  sopClassUid: '1.2.840.10008.5.1.4.1.1.4',
  frameOfReferenceUid: uid('frame of reference'),
  shape: [8, 8, 2],
  orientationLps: [1, 0, 0, 0, 1, 0],
  pixelSpacingMm: [1, 1],
  sliceSpacingMm: 1,
  slices: [0, 1].map((k) => ({ sopInstanceUid: uid(`image ${k}`), positionLpsMm: [0, 0, k] })),
  header: HEADER.map(([tag, vr, value]): RawElement => ({ tag, vr, base64: Buffer.from(value).toString('base64') })),
}

export interface CheckObject {
  readonly bytes: Buffer
  readonly parcel: Parcel
  /** Where `parcel` finds it. */
  readonly blobs: DestinationBlobs
}

export function checkObject(): CheckObject {
  const sha256 = createHash('sha256').update('onelabel pacs check').digest('hex')
  const names = {
    seg: { seriesInstanceUid: uid('series'), sopInstanceUid: uid('instance'), instanceNumber: 1 },
  }
  const making = {
    intakeKey: 'onelabel pacs check',
    names,
    made: new Date(Date.UTC(2000, 0, 1)),
    // Not ours of today: the same UID must not stand for other bytes after an update.
    softwareVersion: 'check',
    model: { id: 'check', version: '1', sha256 },
  }
  const labels = { ...gridOf(SOURCE), data: new Uint8Array(8 * 8 * 2).fill(1, 16, 48) }
  const seg = writeSeg({ source: SOURCE, labels, labelSet: LABELS, making, choice: { kind: 'binary' } })!
  const bytes = Buffer.concat([...seg.chunks()])
  const { sopClassUid, sopInstanceUid, seriesInstanceUid } = seg
  return {
    bytes,
    parcel: { blobKey: '', studyInstanceUid: CHECK_STUDY_UID, seriesInstanceUid, sopInstanceUid, sopClassUid },
    blobs: {
      openRead: async () => ({ stream: Readable.from([bytes], { objectMode: false }), sizeBytes: bytes.length }),
    },
  }
}
