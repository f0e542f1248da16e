/** One file, looked at once: who and what it is, and where its planes lie. Its pixels are read later, from its source. */
import { createHash } from 'node:crypto'
import { FaultError } from '../errors.ts'
import { enhancedPlanes, hasFunctionalGroups } from './enhanced.ts'
import { optionalUid, patientHashOf, requiredUid, tagOf } from './identity.ts'
import { isMosaic, mosaicPlanes } from './mosaic.ts'
import { type PixelFormat, pixelFormatOf } from './pixel-format.ts'
import { classicKeys, orientationOf, type Plane, pixelSpacingOf, positionOf, rescaleOf } from './plane.ts'
import { metaUid, type Part10 } from './read-part10.ts'
import type { RepairNotes } from './repairs.ts'
import { type SeriesFacts, seriesFactsOf } from './series-facts.ts'
import type { Source } from './sources.ts'
import type { Keyword } from './tags.ts'
import type { TransferSyntax } from './transfer-syntaxes.ts'
import { type Attributes, number, text, texts } from './values.ts'

export interface Instance {
  readonly source: Source
  /** The hash of the file as it is stored. */
  readonly sha256: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly studyInstanceUid: string
  readonly seriesInstanceUid: string
  readonly frameOfReferenceUid: string | undefined
  /** Two instances of one patient have the same; to be compared alone, neither shown nor kept. */
  readonly patientHash: string
  readonly syntax: TransferSyntax
  readonly facts: SeriesFacts
  readonly notes: RepairNotes
  readonly lossy: { readonly ratios: readonly string[]; readonly methods: readonly string[] } | undefined
  /** What its header says of its pixels and planes, or why that cannot be used. */
  readonly image: Image | FaultError
}

export interface Image {
  readonly format: PixelFormat
  readonly planes: readonly Plane[]
}

/** Segmentation and label map segmentation: images in form alone. */
const SEGMENTATIONS = ['1.2.840.10008.5.1.4.1.1.66.4', '1.2.840.10008.5.1.4.1.1.66.7']
/** Type 2: to be there, though empty. */
const EXPECTED: readonly Keyword[] = [
  'PatientID',
  'PatientName',
  'PatientBirthDate',
  'PatientSex',
  'StudyDate',
  'StudyTime',
  'StudyID',
  'AccessionNumber',
  'ReferringPhysicianName',
  'SeriesNumber',
  'InstanceNumber',
]

/**
 * @param index of the instance among those that are read
 * Faults: dicom-header where it cannot be said which instance of which series it is; what is wrong with its image is in `image`.
 */
export function instanceOf(part: Part10, bytes: Buffer, source: Source, index: number): Instance {
  const attributes: Attributes = part
  for (const keyword of EXPECTED)
    if (part.dataSet.elements[tagOf(keyword)] === undefined) part.notes.add(`missing ${keyword}`)
  const sopInstanceUid = requiredUid(attributes, 'SOPInstanceUID', metaUid(part.meta, 'x00020003'))
  const sopClassUid = requiredUid(attributes, 'SOPClassUID', metaUid(part.meta, 'x00020002'))
  const lossyMethods = texts(attributes, 'LossyImageCompressionMethod')
  const isLossy = text(attributes, 'LossyImageCompression') === '01' || part.syntax.mayLose
  const frameOfReferenceUid = optionalUid(attributes, 'FrameOfReferenceUID')
  if (frameOfReferenceUid === undefined) part.notes.add('missing FrameOfReferenceUID')
  return {
    ...{ source, sopInstanceUid, sopClassUid, frameOfReferenceUid },
    sha256: createHash('sha256').update(bytes).digest('hex'),
    studyInstanceUid: requiredUid(attributes, 'StudyInstanceUID'),
    seriesInstanceUid: requiredUid(attributes, 'SeriesInstanceUID'),
    patientHash: patientHashOf(attributes),
    syntax: part.syntax,
    facts: seriesFactsOf(attributes),
    notes: part.notes,
    lossy: isLossy ? { ratios: texts(attributes, 'LossyImageCompressionRatio'), methods: lossyMethods } : undefined,
    image: imageOf(part, index, sopInstanceUid, sopClassUid),
  }
}

function imageOf(part: Part10, index: number, sopInstanceUid: string, sopClassUid: string): Image | FaultError {
  try {
    if (part.fault !== null) throw part.fault
    if (part.dataSet.elements['x7fe00010'] === undefined || SEGMENTATIONS.includes(sopClassUid)) throw noImage(part)
    const format = pixelFormatOf(part)
    return { format, planes: planesOf(part, format, index, sopInstanceUid) }
  } catch (error) {
    if (error instanceof FaultError) return error
    throw error
  }
}

function noImage({ dataSet }: Part10): FaultError {
  // Cut off between two elements a file looks whole.
  return dataSet.elements['x00280010'] !== undefined && dataSet.elements['x7fe00010'] === undefined
    ? new FaultError('dicom-truncated', 'a file of the series describes pixels and holds none: send it again')
    : new FaultError(
        'dicom-not-image',
        'the object holds no image of a scan (a report, a presentation state, a segmentation …)',
      )
}

function planesOf(attributes: Attributes, format: PixelFormat, index: number, uid: string): readonly Plane[] {
  if (hasFunctionalGroups(attributes)) return enhancedPlanes(attributes, format, index, uid)
  if (format.frames > 1)
    throw new FaultError(
      'dicom-header',
      `${format.frames} frames and no functional groups that say where each lies: that is not guessed`,
    )
  if (isMosaic(attributes)) return mosaicPlanes(attributes, format, index, uid)
  const sliceThicknessMm = number(attributes, 'SliceThickness')
  return [
    {
      ...{ instance: index, sopInstanceUid: uid, frame: 0, isFrame: false, rows: format.rows, columns: format.columns },
      positionLpsMm: positionOf(attributes),
      orientation: orientationOf(attributes),
      pixelSpacingMm: pixelSpacingOf(attributes),
      ...(sliceThicknessMm !== undefined && { sliceThicknessMm }),
      rescale: rescaleOf(attributes),
      keys: classicKeys(attributes),
    },
  ]
}
