/**
 * What lies outside the brain is one label for muscle, fat, gland and vessel, which in a scan are as dark as CSF or as
 * bright as white matter, with sharp borders. A patchwork gives such a group three levels in random pieces, so that
 * brightness alone does not tell it from brain (SynthSeg, Billot et al. 2023, subdivides its extra-cerebral label alike).
 */
import type { Shape } from '../../../src/volume/volume.ts'
import type { Random } from '../../compile/random.ts'
import { GROUPS } from './groups.ts'
import { smoothField } from './smooth-field.ts'

export interface Patchwork {
  /** Replaces in `levels` (one row: the mean of each voxel's group) those that lie in a piece of another level. */
  readonly row: (j: number, k: number, groupsOfRow: Uint8Array, levels: Float32Array) => void
}

/** Groups outside the brain that are as coarse as this are mixtures. */
const MIXED_TEXTURE = 0.35
const MIXED = Uint8Array.from(GROUPS, ({ level, texture }) => (level === 'outside' && texture >= MIXED_TEXTURE ? 1 : 0))
/** Size of the pieces, mm (log-uniform), and their levels relative to white matter = 100. */
const PIECE_MM = [5, 16] as const
const LEVELS = [10, 140] as const
/** Where a field of unit spread is above this there is a piece. */
const THRESHOLD = [-0.2, 0.8] as const

export function openPatchwork(shape: Shape, random: Random): Patchwork {
  const [nx] = shape
  const layers = [0, 1].map(() => ({
    field: smoothField(shape, Math.exp(random.uniform(Math.log(PIECE_MM[0]), Math.log(PIECE_MM[1]))), 1, random),
    level: random.uniform(...LEVELS),
    above: random.uniform(...THRESHOLD),
  }))
  const line = new Float32Array(nx)
  return {
    row: (j, k, groupsOfRow, levels) => {
      if (!groupsOfRow.some((group) => MIXED[group] === 1)) return
      for (const { field, level, above } of layers) {
        field.row(j, k, line)
        for (let i = 0; i < nx; i++) if (MIXED[groupsOfRow[i]!] === 1 && line[i]! > above) levels[i] = level
      }
    },
  }
}
