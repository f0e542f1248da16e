/**
 * The model grid of a scan: its own axes in RAS order (never rotated), at the card's spacing, centred on its field of
 * view, so that it is the same whichever way the scan's axes are stored (docs/decisions/0004).
 *
 * Worked example: 5 voxels of 2 mm (10 mm) at 3 mm → 4 voxels (12 mm), at scan indices −0.25, 1.25, 2.75, 4.25.
 */
import { applyAffine, spacingMm } from '../volume/affine.ts'
import { snap } from '../volume/index-map.ts'
import { reorientGrid, toCanonical } from '../volume/orientation.ts'
import type { Grid } from '../volume/volume.ts'

/** The grid over the whole field of view of `scan`; a spacing equal to the card's keeps the scan's voxels. */
export function modelGrid(scan: Grid, targetMm: readonly [number, number, number]): Grid {
  const { shape, affine } = reorientGrid(scan, toCanonical(scan))
  const spacing = spacingMm(affine)
  // A step on the model grid, in scan voxels.
  const step = ([0, 1, 2] as const).map((axis) => snap(targetMm[axis] / spacing[axis], shape[axis]))
  const count = (axis: 0 | 1 | 2): number => Math.max(1, Math.ceil(shape[axis] / step[axis]! - 1e-3))
  const counts = [count(0), count(1), count(2)] as const
  const first = (axis: 0 | 1 | 2): number => (shape[axis] - 1 - (counts[axis] - 1) * step[axis]!) / 2
  const [x, y, z] = applyAffine(affine, first(0), first(1), first(2))
  return {
    shape: counts,
    affine: affine.map((value, at) => {
      if (at >= 12) return value
      return at % 4 === 3 ? [x, y, z][(at - 3) / 4]! : value * step[at % 4]!
    }),
  }
}
