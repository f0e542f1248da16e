/**
 * A label map → Segmentation Storage (PS3.3, A.51; LABELMAP: Supplement 243) on the acquired grid of its source: frames
 * refer to the instances that they were made of, so that no reader has to guess which way a slice lies.
 */
import type { LabelSet } from '../labels/label-set.ts'
import type { LabelVolume } from '../volume/volume.ts'
import { SEG_STORAGE, type SegKind } from './object-names.ts'
import { bitPixels, bytePixels, type Frame, frameItems, framesOf, slicesWith } from './seg-frames.ts'
import { type SegChoice, type Segment, segmentsOf } from './seg-segments.ts'
import { gridOf, isSameGrid } from './source-grid.ts'
import type { SourceSeries } from './source-series.ts'
import { uidOf } from './uid.ts'
import type { DataSet } from './write-attributes.ts'
import { cielabOf } from './write-cielab.ts'
import { ARTIFICIAL_INTELLIGENCE, codeItem, codesOf } from './write-codes.ts'
import {
  algorithmName,
  copiedHeader,
  lossyModule,
  type Making,
  POSITION_REFERENCE,
  sharedModules,
  sourceReferences,
} from './write-modules.ts'
import { type DicomObject, writeObject } from './write-object.ts'

export interface SegInput {
  readonly source: SourceSeries
  /** On the grid of the source: same i, j, k. */
  readonly labels: LabelVolume
  readonly labelSet: LabelSet
  readonly making: Making
  readonly choice: SegChoice
}

/** A segmentation, and the numbers under which a report refers to its segments. */
export interface Seg extends DicomObject {
  readonly segments: readonly Segment[]
}

/**
 * Null where no label could be assessed: the standard has no segmentation without a segment, and the report says why there is none.
 * Throws where the label map does not lie on the grid of the source: that would be somebody else's anatomy.
 */
export function writeSeg({ source, labels, labelSet, making, choice }: SegInput): Seg | null {
  if (!isSameGrid(gridOf(source), labels)) throw new Error('the label map is not on the grid of the DICOM series')
  const found = slicesWith(labels)
  const isPresent = found.map((slices) => slices.includes(1))
  const segments = segmentsOf(labelSet, choice, isPresent)
  if (segments.every(({ label }) => label.kind === 'background')) return null
  const frames = framesOf(choice.kind, segments, found)
  const pixels = choice.kind === 'binary' ? bitPixels(frames, labels) : bytePixels(segments, labels)
  const shared = sharedModules(source, making, {
    sopClassUid: SEG_STORAGE[choice.kind],
    kind: 'seg',
    uidKind: `seg-${choice.kind}`,
    modality: 'SEG',
    seriesNumber: 9001,
    seriesDescription: 'onelabel segmentation (research use only)',
  })
  const modules: DataSet = {
    ...imageModules(source, choice.kind, frames),
    ...lossyModule(source),
    SegmentSequence: segments.map((segment) => segmentItem(segment, making)),
    ...dimensionModule(choice.kind, uidOf(making.intakeKey, `seg-${choice.kind}-dimensions`)),
    SharedFunctionalGroupsSequence: [sharedGroups(source)],
    PerFrameFunctionalGroupsSequence: frameItems(frames, source),
  }
  return { ...writeObject(shared, modules, copiedHeader(source, true), pixels), segments }
}

/** Frame of Reference, Common Instance Reference, General Image, Image Pixel and Segmentation Image. */
function imageModules(source: SourceSeries, kind: SegKind, frames: readonly Frame[]): DataSet {
  const bits = kind === 'binary' ? 1 : 8
  return {
    // Without a body part the standard wants to know the laterality.
    BodyPartExamined: 'BRAIN',
    FrameOfReferenceUID: source.frameOfReferenceUid,
    // Type 2: the source's own, or empty.
    ...(!source.header.some(({ tag }) => tag === POSITION_REFERENCE) && { PositionReferenceIndicator: '' }),
    ReferencedSeriesSequence: [
      { SeriesInstanceUID: source.seriesInstanceUid, ReferencedInstanceSequence: sourceReferences(source) },
    ],
    ImageType: ['DERIVED', 'PRIMARY'],
    ContentLabel: 'BRAIN_LABELS',
    ContentDescription: 'Tissue and lesions of the brain; research use only',
    ContentCreatorName: '',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: frames.length,
    Rows: source.shape[1],
    Columns: source.shape[0],
    BitsAllocated: bits,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: 0,
    // Which value is the background (PS3.3, C.8.20.2.3.3).
    ...(kind === 'labelmap' && { PixelPaddingValue: 0 }),
    SegmentationType: kind.toUpperCase(),
    ...(kind === 'binary' && { SegmentsOverlap: 'NO' }),
  }
}

/** PS3.3, C.8.20.4. */
function segmentItem({ number, label }: Segment, making: Making): DataSet {
  const { category, type, region } = codesOf(label)
  return {
    SegmentNumber: number,
    SegmentLabel: label.name,
    SegmentAlgorithmType: 'AUTOMATIC',
    SegmentAlgorithmName: algorithmName(making),
    SegmentationAlgorithmIdentificationSequence: [
      {
        AlgorithmFamilyCodeSequence: [codeItem(ARTIFICIAL_INTELLIGENCE)],
        AlgorithmName: making.model.id,
        AlgorithmVersion: making.model.version,
      },
    ],
    SegmentedPropertyCategoryCodeSequence: [codeItem(category)],
    SegmentedPropertyTypeCodeSequence: [codeItem(type)],
    ...(region && { AnatomicRegionSequence: [codeItem(region)] }),
    ...(label.kind !== 'background' && { RecommendedDisplayCIELabValue: cielabOf(label.color) }),
  }
}

/** PS3.3, C.7.6.17: by segment, then position. */
function dimensionModule(kind: SegKind, uid: string): DataSet {
  const segment = {
    DimensionOrganizationUID: uid,
    DimensionIndexPointer: 'ReferencedSegmentNumber',
    FunctionalGroupPointer: 'SegmentIdentificationSequence',
    DimensionDescriptionLabel: 'Segment',
  } as const
  const position = {
    DimensionOrganizationUID: uid,
    DimensionIndexPointer: 'ImagePositionPatient',
    FunctionalGroupPointer: 'PlanePositionSequence',
    DimensionDescriptionLabel: 'Position',
  } as const
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: uid }],
    DimensionIndexSequence: kind === 'binary' ? [segment, position] : [position],
  }
}

/** What is true of all frames (PS3.3, C.7.6.16.2.1 and .4). */
function sharedGroups(source: SourceSeries): DataSet {
  const { pixelSpacingMm, sliceSpacingMm, sliceThicknessMm = sliceSpacingMm, orientationLps } = source
  return {
    PixelMeasuresSequence: [
      { PixelSpacing: pixelSpacingMm, SliceThickness: sliceThicknessMm, SpacingBetweenSlices: sliceSpacingMm },
    ],
    PlaneOrientationSequence: [{ ImageOrientationPatient: orientationLps }],
  }
}
