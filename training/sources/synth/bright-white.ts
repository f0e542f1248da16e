/**
 * White matter that is bright in FLAIR and yet no lesion: a thin band along the ventricles, which nearly everybody has, and
 * a haze around them and around lesions, less bright than a lesion. A network that never sees them as white matter calls them lesions.
 */
import { z } from 'zod'
import type { Random } from '../../compile/random.ts'
import { groupIndex } from './groups.ts'
import { grow } from './grow.ts'
import type { LabelMap } from './label-map.ts'
import { smoothField } from './smooth-field.ts'

export const brightWhiteSchema = z.strictObject({
  /** Chance that a head has any. */
  chance: z.number().min(0).max(1),
  /** Along a ventricle, what is bright and no wider than this is a band, not a lesion. */
  bandMm: z.int().min(1).max(5),
  /** The haze reaches so far from the ventricles at most, on average over a head … */
  reachMm: z.number().nonnegative(),
  /** … and so far around a lesion. */
  haloMm: z.int().min(0).max(10),
})

export type BrightWhite = z.infer<typeof brightWhiteSchema>

const [WHITE, LESION, BAND, HAZE] = ['white matter', 'lesion', 'thin band', 'haze'].map(groupIndex) as [
  number,
  number,
  number,
  number,
]
const LATTICE_MM = 18
/** Spread of the width of a band and of the reach of the haze over a head. */
const BAND_SPREAD_MM = 1
const REACH_SPREAD_MM = 5
/** Steps through white matter are counted up to this; further away nothing is drawn. */
const MOST_STEPS = 40

/** Lesion along a ventricle that is nowhere wider than `bandMm` becomes a band. */
function thinLesionsAreBands(groups: Uint8Array, map: LabelMap, bandMm: number): void {
  const wide = new Uint8Array(groups.length)
  for (let v = 0; v < groups.length; v++) if (groups[v] === LESION && map.ventricleSteps[v]! > bandMm) wide[v] = 1
  grow(wide, map.shape, bandMm + 1, (v) => groups[v] === LESION)
  for (let v = 0; v < groups.length; v++) if (groups[v] === LESION && wide[v] === 0) groups[v] = BAND
}

/** Draws bands and haze into the white matter of `groups` (on the map's 1 mm grid, its lesions already in), in place. */
export function drawBrightWhite(groups: Uint8Array, map: LabelMap, spec: BrightWhite, random: Random): void {
  thinLesionsAreBands(groups, map, spec.bandMm)
  if (!random.chance(spec.chance)) return
  const [nx, ny, nz] = map.shape
  const [band, reach] = [random.uniform(0, spec.bandMm), random.uniform(0, spec.reachMm)]
  const field = smoothField(map.shape, LATTICE_MM, 1, random)
  const line = new Float32Array(nx)
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) {
      const row = nx * (j + ny * k)
      const steps = map.ventricleSteps.subarray(row, row + nx)
      if (!steps.some((count) => count <= MOST_STEPS)) continue
      field.row(j, k, line)
      for (let i = 0; i < nx; i++) {
        if (groups[row + i] !== WHITE || steps[i]! > MOST_STEPS) continue
        if (steps[i]! <= Math.min(spec.bandMm, band + BAND_SPREAD_MM * line[i]!)) groups[row + i] = BAND
        else if (steps[i]! <= reach + REACH_SPREAD_MM * line[i]!) groups[row + i] = HAZE
      }
    }
  const lesion = groups.map((group) => (group === LESION ? 1 : 0))
  const halo = random.int(spec.haloMm + 1)
  for (const v of grow(lesion, map.shape, halo, (w) => groups[w] === WHITE)) groups[v] = HAZE
}
