/**
 * A FLAIR painted beside a real T1, on the tissue that a model found there: what a T1 really looks like, and two scans of one head. Grey
 * and white matter of the FLAIR go by the T1 (the thalamus lies between both in either), fluid, lesions and bright white matter by the
 * labels. Lesions that are drawn darken the T1.
 */
import type { z } from 'zod'
import type { Volume } from '../../../src/volume/volume.ts'
import type { Random } from '../../compile/random.ts'
import { acquire, acquireSpecSchema } from './acquire.ts'
import { blur } from './blur.ts'
import { drawBrightWhite } from './bright-white.ts'
import { type Contrast, drawContrast, type Modality } from './contrast.ts'
import { openFades } from './fades.ts'
import { groupIndex } from './groups.ts'
import { synthSpecSchema } from './head.ts'
import type { LesionShape } from './lesion-shapes.ts'
import { withLesions } from './lesions.ts'
import { NORMALS, NORMALS_LENGTH } from './normals.ts'
import { scanned } from './paint.ts'
import type { RealHead } from './real-head.ts'

export const paintedPairSchema = synthSpecSchema
  .pick({ lesions: true, brightWhite: true, levels: true, paint: true, acquire: true })
  .extend({
    /** The T1 as a coarser scan would show it, as `acquire` the FLAIR; left out: as it is. */
    acquireT1: acquireSpecSchema.optional(),
  })

export type PaintedPairSpec = z.infer<typeof paintedPairSchema>

export interface PaintedPair {
  readonly scans: ReadonlyMap<Modality, Volume<'scan'>>
  /** Groups of groups.ts on the grid of the T1: of the drawn ones lesion, thin band and haze. */
  readonly groups: Uint8Array
}

const [WHITE, CORTEX, VENTRICLES, SULCI] = ['white matter', 'cerebral cortex', 'ventricles', 'subarachnoid CSF'].map(
  groupIndex,
) as [number, number, number, number]
/** What is drawn, and lies in white matter. */
const DRAWN: ReadonlySet<number> = new Set(['lesion', 'thin band', 'haze'].map(groupIndex))
const FLUID: ReadonlySet<number> = new Set([VENTRICLES, SULCI])
/** Point spread of the T1, Gaussian sigma: edges of what is drawn into it are as soft. */
const T1_SIGMA_MM = 0.7
/** Of the way from grey (0) to white (1) matter in the T1; what lies beyond is as bright in the FLAIR as this. */
const PLACES = [-0.2, 1.2] as const

/** Draws one pair. The same head, spec, random stream and patient give the same voxels. */
export function paintPair(head: RealHead, spec: PaintedPairSpec, random: Random, patient?: LesionShape): PaintedPair {
  const { grid, map } = head
  const groups = withLesions(map, spec.lesions, random, patient)
  if (spec.brightWhite !== undefined) drawBrightWhite(groups, map, spec.brightWhite, random)
  const contrasts = {
    t1: drawContrast('t1', false, random, spec.levels),
    flair: drawContrast('flair', false, random, spec.levels),
  }
  const drawn = {
    t1: drawnLevels(head, groups, contrasts.t1, spec, random),
    flair: drawnLevels(head, groups, contrasts.flair, spec, random),
  }
  const isAcquired = spec.acquire !== undefined && random.chance(spec.acquire.chance)
  const painted = isAcquired ? { ...spec.paint, thickSlices: 0, noise: 0 } : spec.paint
  const sharp = sharpFlair(head, groups, drawn.flair, contrasts.flair, random)
  const flair = { frame: 'scan' as const, ...grid, data: scanned(sharp, grid.shape, painted, random) }
  // stripped as the T1 is
  for (let v = 0; v < flair.data.length; v++) if (head.given[v] === 0) flair.data[v] = 0
  const t1 = { frame: 'scan' as const, ...grid, data: darkened(head, groups, drawn.t1, contrasts.t1) }
  const isT1Acquired = spec.acquireT1 !== undefined && random.chance(spec.acquireT1.chance)
  return {
    scans: new Map<Modality, Volume<'scan'>>([
      ['t1', isT1Acquired ? acquire(t1, spec.acquireT1!, random) : t1],
      ['flair', isAcquired ? acquire(flair, spec.acquire!, random) : flair],
    ]),
    groups,
  }
}

/** The level of each voxel that is drawn, faded; 0 elsewhere. */
function drawnLevels(
  { grid: { shape } }: RealHead,
  groups: Uint8Array,
  { mean }: Contrast,
  { paint }: PaintedPairSpec,
  random: Random,
): Float32Array {
  const [nx] = shape
  const levels = new Float32Array(groups.length)
  const fades = openFades(shape, paint.fadedLesions ?? 0, 0, random)
  const line = new Float32Array(nx)
  for (let row = 0; row < groups.length; row += nx) {
    const groupsOfRow = groups.subarray(row, row + nx)
    if (!groupsOfRow.some((group) => DRAWN.has(group))) continue
    for (let i = 0; i < nx; i++) line[i] = mean[groupsOfRow[i]!]!
    fades.row((row / nx) % shape[1], Math.floor(row / nx / shape[1]), groupsOfRow, mean, line)
    for (let i = 0; i < nx; i++) if (DRAWN.has(groupsOfRow[i]!)) levels[row + i] = line[i]!
  }
  return levels
}

function sharpFlair(
  { grid: { shape }, t1, level, given }: RealHead,
  groups: Uint8Array,
  drawn: Float32Array,
  { mean, spread, texture }: Contrast,
  random: Random,
): Float32Array {
  const image = new Float32Array(groups.length)
  const perUnit = 1 / (level.white - level.grey)
  let start = 0
  for (let v = 0; v < groups.length; v++) {
    if (v % shape[0] === 0) start = random.int(NORMALS_LENGTH)
    if (given[v] === 0) continue
    const group = groups[v]!
    const noise = NORMALS[(start + v) & (NORMALS_LENGTH - 1)]!
    if (FLUID.has(group)) image[v] = mean[group]! + texture[group]! * noise
    else if (DRAWN.has(group)) image[v] = drawn[v]! + texture[group]! * noise
    else {
      const place = Math.min(PLACES[1], Math.max(PLACES[0], (t1[v]! - level.grey) * perUnit))
      image[v] = mean[CORTEX]! + place * (mean[WHITE]! - mean[CORTEX]!) + spread[WHITE]! * noise
    }
  }
  return image
}

/** The T1, by what is drawn darker than white matter. */
function darkened(
  { grid: { shape }, t1, level }: RealHead,
  groups: Uint8Array,
  drawn: Float32Array,
  { mean }: Contrast,
): Float32Array {
  const perLevel = (level.white - level.grey) / (mean[WHITE]! - mean[CORTEX]!)
  const change = new Float32Array(groups.length)
  for (let v = 0; v < groups.length; v++) if (DRAWN.has(groups[v]!)) change[v] = (drawn[v]! - mean[WHITE]!) * perLevel
  const soft = blur(change, new Float32Array(groups.length), shape, [T1_SIGMA_MM, T1_SIGMA_MM, T1_SIGMA_MM])
  return t1.map((value, v) => Math.max(0, value + soft[v]!))
}
