/** One scan as it was sent, whatever its form: a file of one of the formats of readScan(), or the DICOM of one series. */
import type { DicomSeries } from '../dicom/arrange-series.ts'
import { type Belonging, oneSeriesOf } from '../dicom/one-series.ts'
import { readContents, readSeries, readSource } from '../dicom/read-series.ts'
import { isDicomPath, openSources } from '../dicom/read-sources.ts'
import type { SourceSeries } from '../dicom/source-series.ts'
import { FaultError } from '../errors.ts'
import { type Peeked, peekScan } from '../formats/peek.ts'
import { readScan } from '../formats/read.ts'
import type { AffineChoice } from '../nifti/affine-source.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import { countVoxels } from '../nifti/plan.ts'
import type { NiftiScan } from '../nifti/read-planned.ts'
import { dicomLimits } from './dicom-limits.ts'

export interface InputScan extends NiftiScan {
  /** Only for DICOM: what a result can be written back to, and what the series belongs to. */
  readonly dicom?: { readonly source: SourceSeries; readonly belonging: Belonging }
}

export interface PeekedInput extends Peeked {
  readonly belonging?: Belonging
}

/**
 * @param path a file; also a folder, which is read as DICOM
 * @param choice of files that state two affines
 * Faults: those of readScan(); of openSources(), readContents(), oneSeriesOf() and readSeries(); nifti-no-affine.
 */
export async function readInput(
  path: string,
  limits: NiftiLimits,
  signal?: AbortSignal,
  choice?: AffineChoice,
): Promise<InputScan> {
  if (!(await isDicomPath(path))) return readScan(path, limits, signal, 'scan', choice)
  return withSeries(path, limits, choice, signal, async (series) => {
    const { scan, source } = await readSeries(series, dicomLimits(limits), signal)
    return { ...scan, dicom: { source, belonging: belongingOf(series) } }
  })
}

/** As peekScan(): by headers alone. Of DICOM every header is read, so that a grid that cannot be is refused before a pixel is. */
export async function peekInput(path: string, limits: NiftiLimits, choice?: AffineChoice): Promise<PeekedInput> {
  if (!(await isDicomPath(path))) return peekScan(path, limits, choice)
  return withSeries(path, limits, choice, undefined, async (series) => {
    const { grid } = series
    if (grid instanceof FaultError) throw grid
    return { voxels: countVoxels(grid.shape, limits), belonging: belongingOf(series) }
  })
}

/** What a result for a DICOM file could be written back to, by headers alone; undefined for other files. Faults: as peekInput(). */
export async function readInputSource(path: string, limits: NiftiLimits): Promise<SourceSeries | undefined> {
  if (!(await isDicomPath(path))) return undefined
  return withSeries(path, limits, undefined, undefined, (series) => readSource(series, dicomLimits(limits)))
}

async function withSeries<R>(
  path: string,
  limits: NiftiLimits,
  choice: AffineChoice | undefined,
  signal: AbortSignal | undefined,
  use: (series: DicomSeries) => Promise<R>,
): Promise<R> {
  if (choice === 'qform')
    throw new FaultError(
      'nifti-no-affine',
      'affine=qform was asked for, but the scan is DICOM, which has no qform: leave affine=qform out',
    )
  const ofDicom = dicomLimits(limits)
  const open = await openSources([path], ofDicom)
  try {
    const { series } = await readContents(open.sources, ofDicom, signal)
    return await use(oneSeriesOf(series, open.comment))
  } finally {
    await open.close()
  }
}

function belongingOf({ patientHash, studyInstanceUid, frameOfReferenceUid }: DicomSeries): Belonging {
  return { patientHash, studyInstanceUid, frameOfReferenceUid }
}
