/**
 * A scan as a thick-slice protocol would have made it: averaged over slabs along one world axis, the other axes as they
 * are. The slab's value is the mean over its box (src/volume/resample.ts), without a slice profile or gaps.
 */
import { modelGrid } from '../../src/preprocess/model-grid.ts'
import { spacingMm } from '../../src/volume/affine.ts'
import { reorientGrid, toCanonical } from '../../src/volume/orientation.ts'
import { resampleTo } from '../../src/volume/resample.ts'
import { restoreLabels } from '../../src/volume/restore-labels.ts'
import type { Grid, LabelVolume, Volume } from '../../src/volume/volume.ts'

export interface Reslice {
  readonly axis: 'R' | 'A' | 'S'
  readonly mm: number
}

/** The grid of the slabs, its axes in R, A, S order. */
export function slabGrid(scan: Grid, { axis, mm }: Reslice): Grid {
  const spacing = [...spacingMm(reorientGrid(scan, toCanonical(scan)).affine)] as [number, number, number]
  spacing['RAS'.indexOf(axis)] = mm
  return modelGrid(scan, spacing)
}

export function reslicedScan(scan: Volume<'scan'>, reslice: Reslice): Volume<'scan'> {
  const grid = slabGrid(scan, reslice)
  return { ...grid, frame: 'scan', data: resampleTo(scan, grid) }
}

/** Each voxel of the slab takes the label that fills most of it. */
export function reslicedLabels(labels: LabelVolume, reslice: Reslice): LabelVolume {
  const grid = slabGrid(labels, reslice)
  return { ...grid, data: restoreLabels(labels, grid) }
}
