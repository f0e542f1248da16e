/** What the header of a file promises, held to the limits before a voxel is read. */
import { countInWords, FaultError, sizeInWords } from '../errors.ts'
import type { Shape } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import { type AffineChoice, affineOf, type StatedAffine } from './affine-source.ts'
import type { Packing } from './byte-stream.ts'
import { type Datatype, datatypeOf } from './datatypes.ts'
import { type NiftiGeometry, shapeOf } from './geometry.ts'
import { MAX_HEADER_BYTES, parseHeader } from './header.ts'
import type { NiftiLimits } from './limits.ts'

/** DEFLATE gives at most 1032 bytes for one (258 bytes for 2 bits). */
const MAX_INFLATION = 1032

/** How to read the voxels of a file, whatever its format: one number each, x fastest. */
export interface Plan {
  /** A label map is written with it. */
  readonly geometry: NiftiGeometry
  readonly stated: StatedAffine
  readonly type: Datatype
  readonly littleEndian: boolean
  /** 0: the stored values are the values. */
  readonly slope: number
  readonly inter: number
  readonly voxOffset: number
  readonly voxels: number
  /** Once they are unpacked. */
  readonly endOfVoxels: number
  /** How the voxels alone are packed, behind a header that is not; null where they are not. */
  readonly packing: Packing | null
  /** The format has a place for more behind the voxels. */
  readonly hasTail: boolean
}

/**
 * @param head the first bytes of the content
 * @param isWhole these are all there are
 * @param fileBytes of the file as it lies on disk
 * @returns null where the header goes on behind `head`
 */
export type Planner = (head: Buffer, isWhole: boolean, fileBytes: number, limits: NiftiLimits) => Plan | null

/** @throws FaultError too-many-voxels */
export function countVoxels(shape: Shape, { maxVoxels }: Pick<NiftiLimits, 'maxVoxels'>): number {
  // in BigInt: the product of three 64-bit dimensions must not round its way under the limit
  const voxels = shape.reduce((product, n) => product * BigInt(n), 1n)
  if (voxels > BigInt(maxVoxels))
    throw new FaultError(
      'too-many-voxels',
      `${shape.join(' × ')} are ${countInWords(Number(voxels), 'up')} voxels; at most ${countInWords(maxVoxels, 'down')} are allowed (crop the volume to the head or resample it)`,
    )
  return Number(voxels)
}

/** @throws FaultError inflated-too-large, nifti-truncated */
export function checkPromise(endOfVoxels: number, fileBytes: number, { maxInflatedBytes }: NiftiLimits): void {
  if (endOfVoxels > maxInflatedBytes)
    throw new FaultError(
      'inflated-too-large',
      `the header promises ${sizeInWords(endOfVoxels, 'up')}; at most ${sizeInWords(maxInflatedBytes, 'down')} are allowed (store it as int16 or float32)`,
    )
  // before the volume is allocated: a file of a few bytes cannot hold it
  if (fileBytes * MAX_INFLATION < endOfVoxels)
    throw new FaultError(
      'nifti-truncated',
      `the header promises ${sizeInWords(endOfVoxels, 'up')}, the file has ${sizeInWords(fileBytes, 'down')}: it was cut off, send it again`,
    )
}

/**
 * @param choice where the file states two affines
 * Faults: those of parseHeader(), datatypeOf() and affineOf(), too-many-voxels, inflated-too-large, nifti-truncated.
 */
export function niftiPlanner(choice?: AffineChoice): Planner {
  return (head, isWhole, fileBytes, limits) => {
    if (head.length < MAX_HEADER_BYTES && !isWhole) return null
    const header = parseHeader(head.subarray(0, MAX_HEADER_BYTES))
    const { geometry, datatypeCode, voxOffset, littleEndian, ...scale } = header
    const type = datatypeOf(datatypeCode)
    const voxels = countVoxels(shapeOf(geometry), limits)
    const { warnings, ...stated } = affineOf(geometry, choice)
    if (voxOffset > limits.maxInflatedBytes)
      throw new FaultError(
        'nifti-header',
        `the voxels begin after ${sizeInWords(voxOffset, 'up')} (vox_offset); at most ${sizeInWords(limits.maxInflatedBytes, 'down')} are allowed`,
      )
    const endOfVoxels = voxOffset + voxels * type.bytes
    checkPromise(endOfVoxels, fileBytes, limits)
    const { slope, inter, ...scaling } = scalingOf(scale)
    return {
      ...{ geometry, type, littleEndian, slope, inter, voxOffset, voxels, endOfVoxels },
      ...{ packing: null, hasTail: false },
      stated: { ...stated, warnings: [...warnings, ...scaling.warnings] },
    }
  }
}

/** NaN in either: nobody said how the values are scaled, which other readers take as not at all. */
function scalingOf({ slope, inter }: { readonly slope: number; readonly inter: number }) {
  if (slope === 0 || !(Number.isNaN(slope) || Number.isNaN(inter))) return { slope, inter, warnings: [] }
  const message = `scl_slope is ${slope} and scl_inter ${inter}: the values are taken as they are stored, not scaled`
  const warnings: readonly Warning[] = [{ code: 'scaling-ignored', message }]
  return { slope: 0, inter: 0, warnings }
}
