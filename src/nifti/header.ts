/**
 * A NIfTI-1 or -2 header from its bytes: offsets of nifti1.h and nifti2.h, either byte order.
 *
 * nifti-reader-js parses the fields, but is handed a checked header and nothing after it, because it (0.8.0) follows
 * extensions with negative sizes, and is not asked for what it gets wrong or does not keep: the 64-bit integers of
 * NIfTI-2 (big-endian and negative ones), srow where a qform is set, and the affine, for which it prefers the qform
 * where its code is the larger (affine-source.ts has ours).
 */
import { NIFTI1, NIFTI2 } from 'nifti-reader-js'
import { FaultError } from '../errors.ts'
import type { NiftiGeometry } from './geometry.ts'
import { describeForeign } from './sniff.ts'

/** Bytes that must be at hand to read any header. */
export const MAX_HEADER_BYTES = 540

const LAYOUT = {
  1: { bytes: 348, name: 'n+1' },
  2: { bytes: 540, name: 'n+2' },
} as const

export interface NiftiHeader {
  readonly geometry: NiftiGeometry
  readonly littleEndian: boolean
  readonly datatypeCode: number
  readonly voxOffset: number
  readonly slope: number
  readonly inter: number
}

/** Version by magic, byte order by sizeof_hdr; a file that is no NIfTI is refused with what it looks like. */
function identify(head: Buffer): { version: 1 | 2; littleEndian: boolean } {
  const magic1 = head.toString('latin1', 344, 348)
  const magic2 = head.toString('latin1', 4, 12)
  const sizeOfHeader = head.length >= 4 ? [head.readInt32LE(0), head.readInt32BE(0)] : []
  if (magic1 === 'ni1\0' || magic2.startsWith('ni2\0'))
    throw new FaultError(
      'nifti-pair',
      'this is the header of a .hdr/.img pair: its voxels are in another file; send a single .nii or .nii.gz (fslchfiletype NIFTI_GZ, or nibabel.save to .nii.gz)',
    )
  const version = magic2.startsWith('n+2\0') ? 2 : magic1 === 'n+1\0' ? 1 : undefined
  if (version === undefined) {
    if (head.length < 348 && head.length > 4 && sizeOfHeader.includes(348))
      throw new FaultError(
        'nifti-truncated',
        `the file ends after ${head.length} bytes, a NIfTI-1 header has 348: send it again`,
      )
    throw new FaultError('not-nifti', `not a NIfTI file: ${describeForeign(head)}`)
  }
  const { bytes, name } = LAYOUT[version]
  if (head.length < bytes)
    throw new FaultError(
      'nifti-truncated',
      `the file ends after ${head.length} bytes, its header has ${bytes}: send it again`,
    )
  if (version === 2 && magic2 !== 'n+2\0\r\n\x1a\n')
    throw new FaultError(
      'nifti-header',
      'the line ends in the magic were changed: the file was transferred as text; transfer it as binary',
    )
  if (!sizeOfHeader.includes(bytes))
    throw new FaultError(
      'nifti-header',
      `magic is ${name} but sizeof_hdr is ${sizeOfHeader[0]} (${sizeOfHeader[1]} byte-swapped); it must be ${bytes}: write the file again from its source`,
    )
  return { version, littleEndian: sizeOfHeader[0] === bytes }
}

/** Three dimensions of at least 2 voxels; higher ones only as 1. */
function checkDim(dim: readonly number[]): void {
  const count = dim[0]!
  if (!(count >= 1 && count <= 7))
    throw new FaultError('nifti-dimensions', `dim[0] is ${count}; a file has 1 to 7 dimensions`)
  const used = dim.slice(1, 1 + count)
  const given = `dimensions are ${used.join(' × ')}`
  if (!dim.every(Number.isSafeInteger) || used.some((n) => n < 1))
    throw new FaultError('nifti-dimensions', `${given}; each must be a whole number of at least 1`)
  const frames = used.slice(3).reduce((product, n) => product * n, 1)
  if (frames > 1)
    throw new FaultError(
      'nifti-4d',
      `${given}: ${frames} volumes; allowed: one volume of three dimensions (fslroi in.nii.gz out.nii.gz 0 1 takes the first)`,
    )
  if (count < 3 || used.slice(0, 3).some((n) => n < 2))
    throw new FaultError(
      'nifti-dimensions',
      `${given}; a scan has three of at least 2 voxels each: send the whole volume (fslmerge -z joins slices)`,
    )
}

function checkRest(header: NiftiHeader): void {
  const { voxOffset, slope, inter, geometry } = header
  const first = LAYOUT[geometry.version].bytes + 4
  if (!Number.isSafeInteger(voxOffset) || voxOffset < first)
    throw new FaultError(
      'nifti-header',
      `vox_offset is ${voxOffset}; it must be a whole number of at least ${first} (nibabel.load and save writes it anew)`,
    )
  // NaN is "not set"
  const isInfinite = (value: number) => Math.abs(value) === Number.POSITIVE_INFINITY
  if (isInfinite(slope) || (slope !== 0 && isInfinite(inter)))
    throw new FaultError(
      'nifti-header',
      `scl_slope is ${slope} and scl_inter ${inter}; neither may be infinite (nibabel: img.header.set_slope_inter(1, 0), save)`,
    )
}

/**
 * `head`: the first bytes of the file, MAX_HEADER_BYTES of them or all there are.
 * Faults: not-nifti, nifti-pair, nifti-truncated, nifti-header, nifti-dimensions, nifti-4d.
 */
export function parseHeader(head: Buffer): NiftiHeader {
  const { version, littleEndian } = identify(head)
  const bytes = Uint8Array.from(head.subarray(0, LAYOUT[version].bytes)).buffer
  const view = new DataView(bytes)
  const parsed = version === 1 ? new NIFTI1() : new NIFTI2()
  parsed.readHeader(bytes)
  const int64 = (offset: number) => Number(view.getBigInt64(offset, littleEndian))
  const srow = (n: number) =>
    version === 1 ? view.getFloat32(280 + 4 * n, littleEndian) : view.getFloat64(400 + 8 * n, littleEndian)
  const header: NiftiHeader = {
    geometry: {
      version,
      dim: version === 1 ? parsed.dims : Array.from({ length: 8 }, (_, n) => int64(16 + 8 * n)),
      pixdim: parsed.pixDims,
      qformCode: parsed.qform_code,
      sformCode: parsed.sform_code,
      quatern: [parsed.quatern_b, parsed.quatern_c, parsed.quatern_d],
      qoffset: [parsed.qoffset_x, parsed.qoffset_y, parsed.qoffset_z],
      srow: Array.from({ length: 12 }, (_, n) => srow(n)),
      xyztUnits: parsed.xyzt_units,
    },
    littleEndian,
    datatypeCode: parsed.datatypeCode,
    voxOffset: version === 1 ? parsed.vox_offset : int64(168),
    slope: parsed.scl_slope,
    inter: parsed.scl_inter,
  }
  checkDim(header.geometry.dim)
  checkRest(header)
  return header
}
