/**
 * DICOM → what is in it, and a series of it → a scan: the story of reading. Headers first, one file at a time; the pixels of a
 * chosen series later, one file at a time again, straight into the one Float32Array of the volume.
 */
import { createHash } from 'node:crypto'
import { FaultError } from '../errors.ts'
import { placedGeometry } from '../formats/plan-placed.ts'
import { countVoxels } from '../nifti/plan.ts'
import type { NiftiScan } from '../nifti/read-planned.ts'
import { spacingMm } from '../volume/affine.ts'
import type { Warning } from '../warnings.ts'
import { arrangeSeries, type DicomSeries } from './arrange-series.ts'
import { type Decoder, openDecoder } from './decoder.ts'
import { type Instance, instanceOf } from './instance.ts'
import { headerOf, type KeptHeader } from './kept-header.ts'
import type { PixelFormat } from './pixel-format.ts'
import { type FrameBytes, fillPlane, frameBytes } from './pixels.ts'
import type { Plane } from './plane.ts'
import { isDirectory, isPart10, type Part10, parsePart10 } from './read-part10.ts'
import { countRepairs, type Repair, type RepairNotes, repairWarning } from './repairs.ts'
import type { SeriesGeometry } from './series-geometry.ts'
import { settlePadding } from './settle-padding.ts'
import { sourceSeriesOf } from './source-of.ts'
import type { SourceSeries } from './source-series.ts'
import type { DicomLimits, Source } from './sources.ts'

export interface DicomContents {
  readonly series: readonly DicomSeries[]
  /** Files that were passed over: no DICOM, or lists of other files. */
  readonly ignored: { readonly notDicom: number; readonly directories: number }
}

export interface DicomScan {
  readonly scan: NiftiScan
  readonly source: SourceSeries
  readonly repairs: readonly Repair[]
}

type ReadLimits = Pick<DicomLimits, 'maxFileBytes' | 'maxVoxels'>

/**
 * Faults: not-dicom where there is none; dicom-truncated and dicom-header of a file of which no series can be told, because
 * then no series is known to be whole; zip-refused, zip-corrupt; cancelled.
 */
export async function readContents(
  sources: readonly Source[],
  limits: ReadLimits,
  signal?: AbortSignal,
): Promise<DicomContents> {
  const instances: Instance[] = []
  const ignored = { notDicom: 0, directories: 0 }
  for (const source of sources) {
    checkSignal(signal)
    const bytes = await source.read()
    if (!isPart10(bytes)) ignored.notDicom++
    else if (isDirectory(bytes)) ignored.directories++
    else instances.push(instanceOf(parsePart10(bytes, limits.maxFileBytes), bytes, source, instances.length))
  }
  if (instances.length === 0)
    throw new FaultError(
      'not-dicom',
      `none of ${sources.length} files is a DICOM image (128 bytes, then "DICM"); send the files of the series, or a zip archive of them`,
    )
  return { series: arrangeSeries(instances), ignored }
}

/**
 * @param series of readContents(), whose sources are still open
 * Faults: the one of the series, too-many-voxels, dicom-truncated, dicom-pixels, scan-constant, cancelled.
 */
export async function readSeries(series: DicomSeries, limits: ReadLimits, signal?: AbortSignal): Promise<DicomScan> {
  const { grid, instances } = series
  if (grid instanceof FaultError) throw grid
  countVoxels(grid.shape, limits)
  const { shape, affine } = grid
  const sliceVoxels = shape[0] * shape[1]
  const data = new Float32Array(sliceVoxels * shape[2])
  const padding: (number | null)[] = []
  const hash = createHash('sha256')
  const used = slicesByInstance(grid)
  let header: KeptHeader = { elements: [], leftOut: [] }
  const decoder = openDecoder()
  try {
    for (const [at, slices] of used) {
      checkSignal(signal)
      const { source, sha256, image } = instances[at]!
      if (image instanceof FaultError) throw image
      const part = parsePart10(await source.read(), limits.maxFileBytes)
      hash.update(sha256)
      if (header.elements.length === 0) header = headerOf(part)
      await fillSlices({ data, sliceVoxels, padding, decoder }, part, image.format, slices)
    }
  } finally {
    await decoder.close()
  }
  const padded = settlePadding(data, shape, padding.every((value) => value !== null) ? padding : null)
  const ofSeries = [...used.keys()].map((at) => instances[at]!)
  const leftOut: RepairNotes = new Set(header.leftOut.map((keyword) => `left-out ${keyword}` as const))
  const repairs = countRepairs([...ofSeries.map(({ notes }) => notes), leftOut])
  const source = sourceSeriesOf(series, grid, header.elements)
  return {
    scan: {
      volume: { frame: 'scan', shape, affine, data },
      geometry: placedGeometry(shape, affine, spacingMm(affine)),
      affineSource: 'dicom',
      sha256: hash.digest('hex'),
      nonFiniteVoxels: 0,
      warnings: [padded, repairWarning(repairs), ...imageWarnings(ofSeries)].filter((warning) => warning !== null),
    },
    source,
    repairs,
  }
}

interface SliceOf {
  readonly k: number
  readonly plane: Plane
}

/**
 * What readSeries() keeps beside the volume, by headers alone.
 * Faults: the one of the series, dicom-truncated.
 */
export async function readSource(
  series: DicomSeries,
  { maxFileBytes }: Pick<DicomLimits, 'maxFileBytes'>,
): Promise<SourceSeries> {
  const { grid, instances } = series
  if (grid instanceof FaultError) throw grid
  const first = instances[grid.planes[0]!.instance]!
  const { elements } = headerOf(parsePart10(await first.source.read(), maxFileBytes))
  return sourceSeriesOf(series, grid, elements)
}

/** Each file is read once: all slices of an instance, in the order in which the first of them lies. */
function slicesByInstance({ planes }: SeriesGeometry): ReadonlyMap<number, readonly SliceOf[]> {
  return Map.groupBy(
    planes.map((plane, k) => ({ plane, k })),
    ({ plane }) => plane.instance,
  )
}

interface Filling {
  readonly data: Float32Array
  readonly sliceVoxels: number
  readonly padding: (number | null)[]
  readonly decoder: Decoder
}

async function fillSlices(into: Filling, part: Part10, format: PixelFormat, slices: readonly SliceOf[]): Promise<void> {
  let last: { readonly frame: number; readonly bytes: FrameBytes } | undefined
  for (const { plane, k } of slices) {
    if (last?.frame !== plane.frame)
      last = { frame: plane.frame, bytes: await frameBytes(part, format, plane.frame, into.decoder) }
    fillPlane(into.data, k * into.sliceVoxels, plane, format, last.bytes)
    into.padding[k] = paddingNumber(plane, format)
  }
}

/** What stands for padding in a slice, where it is one number. */
function paddingNumber({ rescale }: Plane, { padding, isInverted, isSigned, bitsStored }: PixelFormat): number | null {
  if (padding === null || padding[0] !== padding[1]) return null
  const stored = isInverted ? (isSigned ? -1 : 2 ** bitsStored - 1) - padding[0] : padding[0]
  return stored * (rescale?.slope ?? 1) + (rescale?.intercept ?? 0)
}

function imageWarnings(instances: readonly Instance[]): readonly Warning[] {
  const lossy = instances.filter((instance) => instance.lossy !== undefined).length
  const inverted = instances.filter(({ image }) => !(image instanceof FaultError) && image.format.isInverted).length
  const warnings: Warning[] = []
  if (lossy > 0)
    warnings.push({
      code: 'dicom-lossy',
      message: `${lossy} of ${instances.length} images were compressed with loss, or in a way that may lose: fine detail may be gone`,
    })
  if (inverted > 0)
    warnings.push({
      code: 'dicom-inverted',
      message: `${inverted} of ${instances.length} images are MONOCHROME1: their values are turned over, so that bright is large`,
    })
  return warnings
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new FaultError('cancelled', 'the request was cancelled while DICOM was read')
}
