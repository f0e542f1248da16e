/**
 * The ventricles of one head at two dates. Which fluid is theirs is decided at a slit (ventricles.ts), and may be decided otherwise the
 * other time: what is fluid at both dates counts as ventricle where it does so at both, so that nothing grows for that reason alone.
 */
import { voxelVolumeMl } from '../volume/affine.ts'
import type { LabelVolume } from '../volume/volume.ts'

export interface VentriclesOf {
  readonly labels: LabelVolume
  /** As ventricles() gives it. */
  readonly found: Uint8Array
}

/** Volume of each in mL. @param csf value of the fluid. Both lie on one grid, and may be exchanged. */
export function ventriclesAtBoth(one: VentriclesOf, other: VentriclesOf, csf: number): readonly [number, number] {
  const voxels = [0, 0] as [number, number]
  for (let at = 0; at < one.found.length; at++) {
    const isFluid = one.labels.data[at] === csf && other.labels.data[at] === csf
    const isAgreed = !isFluid || (one.found[at] === 1 && other.found[at] === 1)
    if (!isAgreed) continue
    voxels[0] += one.found[at]!
    voxels[1] += other.found[at]!
  }
  const voxelMl = voxelVolumeMl(one.labels.affine)
  return [voxels[0] * voxelMl, voxels[1] * voxelMl]
}
