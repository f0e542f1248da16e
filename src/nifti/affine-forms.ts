/** The three ways in which a NIfTI header can place its voxels; which of them counts is said in affine-source.ts. */
import { FaultError } from '../errors.ts'
import type { NiftiGeometry } from './geometry.ts'

export type NiftiAffine = 'sform' | 'qform' | 'pixdim'

/** How far b²+c²+d² may pass 1: float32 rounding of three numbers, with room. */
const QUATERN_TOLERANCE = 1e-5

function fromSform({ srow }: NiftiGeometry): number[] {
  return [...srow, 0, 0, 0, 1]
}

function fromQform({ quatern, qoffset, pixdim }: NiftiGeometry): number[] {
  const [dx, dy, dz] = [pixdim[1]!, pixdim[2]!, pixdim[3]!]
  if ([dx, dy, dz].some((d) => d <= 0))
    throw new FaultError(
      'nifti-spacing',
      `voxel sizes are ${dx} × ${dy} × ${dz}; with a qform each must be above 0: write them anew from the source of the file`,
    )
  // Readers agree on 0 as +1 and on any other positive number, not on negative ones.
  const qfac = pixdim[0]! >= 0 ? 1 : pixdim[0]
  if (qfac !== 1 && qfac !== -1)
    throw new FaultError(
      'nifti-header',
      `qfac (pixdim[0]) is ${pixdim[0]}; it must be 1 or -1: write the qform anew (nibabel: img.set_qform(affine), then save)`,
    )
  const squared = quatern.reduce((sum, q) => sum + q * q, 0)
  if (squared > 1 + QUATERN_TOLERANCE)
    throw new FaultError(
      'nifti-header',
      `the quaternion's b²+c²+d² is ${squared}; it must not be above 1: write the qform anew (nibabel: img.set_qform(affine), then save)`,
    )
  const norm = Math.sqrt(Math.max(squared, 1))
  const [b, c, d] = [quatern[0]! / norm, quatern[1]! / norm, quatern[2]! / norm]
  const a = Math.sqrt(Math.max(1 - squared, 0))
  const [x, y, z] = [qoffset[0]!, qoffset[1]!, qoffset[2]!]
  const dk = dz * qfac
  return [
    ...[(a * a + b * b - c * c - d * d) * dx, 2 * (b * c - a * d) * dy, 2 * (b * d + a * c) * dk, x],
    ...[2 * (b * c + a * d) * dx, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d - a * b) * dk, y],
    ...[2 * (b * d - a * c) * dx, 2 * (c * d + a * b) * dy, (a * a + d * d - c * c - b * b) * dk, z],
    ...[0, 0, 0, 1],
  ]
}

function fromPixdim({ pixdim }: NiftiGeometry): number[] {
  const [dx, dy, dz] = [pixdim[1]!, pixdim[2]!, pixdim[3]!]
  const sizes = `neither sform nor qform is set and voxel sizes are ${dx} × ${dy} × ${dz}`
  if ([dx, dy, dz].some((d) => d < 0))
    throw new FaultError('nifti-spacing', `${sizes}; each must be above 0: write them anew from the source of the file`)
  if (![dx, dy, dz].every((d) => d > 0 && Number.isFinite(d)))
    throw new FaultError(
      'nifti-no-affine',
      `${sizes}: nothing places the voxels in space; convert the DICOM series anew (dcm2niix), or copy the geometry of a scan of the same grid (fslcpgeom)`,
    )
  return [dx, 0, 0, 0, 0, dy, 0, 0, 0, 0, dz, 0, 0, 0, 0, 1]
}

/** Voxel index → RAS+, in the file's own unit of length. Faults: nifti-no-affine, nifti-spacing, nifti-header. */
export const AFFINE: Record<NiftiAffine, (geometry: NiftiGeometry) => number[]> = {
  sform: fromSform,
  qform: fromQform,
  pixdim: fromPixdim,
}
