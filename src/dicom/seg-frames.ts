/** The frames of a segmentation: which segment on which slice, what is said of each, and its pixels. */
import type { LabelVolume } from '../volume/volume.ts'
import type { SegKind } from './object-names.ts'
import type { Segment } from './seg-segments.ts'
import type { SourceSeries, SourceSlice } from './source-series.ts'
import type { DataSet } from './write-attributes.ts'
import { codeItem, SEGMENTATION, SOURCE_IMAGE } from './write-codes.ts'
import type { Pixels } from './write-object.ts'

export interface Frame {
  /** Absent in a LABELMAP, where a frame holds all segments. */
  readonly segment?: Segment
  readonly slice: number
}

/** By label value and slice, whether any voxel of the slice has the value. */
export function slicesWith({ data, shape }: Pick<LabelVolume, 'data' | 'shape'>): readonly Uint8Array[] {
  const [nx, ny, nz] = shape
  const found = Array.from({ length: 256 }, () => new Uint8Array(nz))
  for (let k = 0, at = 0; k < nz; k++) {
    for (const end = at + nx * ny; at < end; at++) found[data[at]!]![k] = 1
  }
  return found
}

/**
 * BINARY: by segment, then slice, only where the segment has voxels; where none has any, the first slice of the first, since
 * an image has at least one frame. LABELMAP: every slice.
 */
export function framesOf(kind: SegKind, segments: readonly Segment[], found: readonly Uint8Array[]): Frame[] {
  const slices = [...found[0]!.keys()]
  if (kind === 'labelmap') return slices.map((slice) => ({ slice }))
  const frames = segments.flatMap((segment) =>
    slices.filter((slice) => found[segment.label.value]![slice] === 1).map((slice) => ({ segment, slice })),
  )
  return frames.length > 0 ? frames : [{ segment: segments[0]!, slice: 0 }]
}

/** Items of the Per-frame Functional Groups Sequence (PS3.3, C.7.6.16.2). */
export function frameItems(frames: readonly Frame[], source: SourceSeries): DataSet[] {
  const ranks = ranksOf(frames)
  return frames.map(({ segment, slice }) => {
    const from = source.slices[slice]!
    const position = ranks.get(slice)!
    return {
      FrameContentSequence: [{ DimensionIndexValues: segment ? [segment.number, position] : [position] }],
      PlanePositionSequence: [{ ImagePositionPatient: from.positionLpsMm }],
      ...(segment && { SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment.number }] }),
      DerivationImageSequence: [derivation(from, source.sopClassUid)],
    }
  })
}

/** From 1 along the stack, over the slices that have a frame. */
function ranksOf(frames: readonly Frame[]): Map<number, number> {
  const slices = [...new Set(frames.map(({ slice }) => slice))].sort((a, b) => a - b)
  return new Map(slices.map((slice, at) => [slice, at + 1]))
}

/** Both codes are fixed for segmentations (PS3.3, A.51.5.1). Pixels of a mosaic lie elsewhere than those of its slices. */
function derivation({ sopInstanceUid, frameNumber, tile }: SourceSlice, sopClassUid: string): DataSet {
  return {
    DerivationCodeSequence: [codeItem(SEGMENTATION)],
    SourceImageSequence: [
      {
        ReferencedSOPClassUID: sopClassUid,
        ReferencedSOPInstanceUID: sopInstanceUid,
        ...(frameNumber !== undefined && { ReferencedFrameNumber: frameNumber }),
        PurposeOfReferenceCodeSequence: [codeItem(SOURCE_IMAGE)],
        SpatialLocationsPreserved: tile === undefined ? 'YES' : 'NO',
      },
    ],
  }
}

/** One bit a voxel, the first in the lowest bit, frames joined without padding (PS3.5, 8.1.1). */
export function bitPixels(frames: readonly Frame[], labels: Pick<LabelVolume, 'data' | 'shape'>): Pixels {
  const size = labels.shape[0] * labels.shape[1]
  return {
    byteLength: Math.ceil((frames.length * size) / 8),
    chunks: function* () {
      let byte = 0
      let bits = 0
      for (const { segment, slice } of frames) {
        const wanted = segment!.label.value
        const out = new Uint8Array((bits + size) >> 3)
        let filled = 0
        for (let at = slice * size; at < (slice + 1) * size; at++) {
          if (labels.data[at] === wanted) byte |= 1 << bits
          if (++bits < 8) continue
          out[filled++] = byte
          byte = 0
          bits = 0
        }
        yield out
      }
      if (bits > 0) yield Uint8Array.of(byte)
    },
  }
}

/** One byte a voxel; values that are no segment's become background. */
export function bytePixels(segments: readonly Segment[], { data, shape }: Pick<LabelVolume, 'data' | 'shape'>): Pixels {
  const size = shape[0] * shape[1]
  const numbers = new Uint8Array(256)
  for (const { number } of segments) numbers[number] = number
  return {
    byteLength: data.length,
    chunks: function* () {
      for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size).map((value) => numbers[value]!)
    },
  }
}
