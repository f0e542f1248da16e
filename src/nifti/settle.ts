/** What was read, looked at as a whole: complete, with numbers everywhere or nearly, and not of one value. */
import { countInWords, FaultError, sizeInWords } from '../errors.ts'
import { fillNoData, findNoData } from '../volume/no-data.ts'
import type { Shape } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import type { VoxelSink } from './voxels.ts'

/**
 * Up to a tenth of the voxels: of the six neighbours of a voxel without a number, five then have one, so that the fill says
 * what stood there; with more, what is seen would be the fill. What lies outside a mask is not counted.
 */
const MOST_WITHOUT = 0.1
/** A head fills more than this of any volume that it was scanned in. */
const LEAST_WITHIN = 0.01

export interface Settled {
  readonly nonFiniteVoxels: number
  readonly warnings: readonly Warning[]
}

/**
 * Fills the voxels of a scan that hold no number, in place; in labels there may be none.
 * @throws FaultError nifti-truncated, nifti-nonfinite, scan-constant
 */
export function settleVoxels(
  sink: VoxelSink,
  shape: Shape,
  bytes: { readonly promised: number; readonly found: number },
  content: 'scan' | 'labels',
): Settled {
  const { voxels, nonFinite, min, max } = sink.state()
  if (voxels < sink.data.length)
    throw new FaultError(
      'nifti-truncated',
      `the header promises ${sizeInWords(bytes.promised, 'up')}, the file holds ${sizeInWords(bytes.found, 'down')}: ` +
        'it was cut off, send it again',
    )
  const filled = nonFinite === 0 ? null : fill(sink.data, shape, { nonFinite, min }, content)
  if (content === 'scan' && min === max)
    throw new FaultError(
      'scan-constant',
      `every voxel${nonFinite === 0 ? '' : ' with a number'} is ${min}: there is nothing to see; send the scan, not a mask or an empty volume`,
    )
  return { nonFiniteVoxels: nonFinite, warnings: filled === null ? [] : [filled] }
}

function fill(
  data: Float32Array,
  shape: Shape,
  { nonFinite, min }: { readonly nonFinite: number; readonly min: number },
  content: 'scan' | 'labels',
): Warning {
  const { around, isMask, kinds } = findNoData(data, shape)
  const counted = isMask ? nonFinite - around : nonFinite
  const of = isMask ? data.length - around : data.length
  const most = content === 'labels' ? 0 : MOST_WITHOUT
  const found = `${countInWords(nonFinite, 'up')} of ${countInWords(data.length, 'down')} voxels (${percent(nonFinite / data.length)}) are not finite`
  if (counted > most * of || data.length - nonFinite < LEAST_WITHIN * data.length) {
    const allowed =
      content === 'labels' ? 'none may be' : `at most ${100 * most} % may be, what surrounds a mask left out`
    throw new FaultError(
      'nifti-nonfinite',
      `${found}; ${allowed} (fslmaths in.nii.gz -nan out.nii.gz, or numpy.nan_to_num, sets them to 0)`,
    )
  }
  // Zero is what strippers write where nothing was measured; among negative values it would be an intensity like any other.
  const value = Math.min(0, min)
  fillNoData(data, shape, kinds, value)
  const holes = nonFinite - around
  return {
    code: 'no-data',
    message: `${found}: nothing is taken to be measured there; ${countInWords(around, 'down')} at the edge are filled with ${value}, ${countInWords(holes, 'down')} within with the mean of their neighbours`,
  }
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(2)} %`
}
