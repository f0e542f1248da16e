/**
 * A tumour drawn into a label map before it is deformed: a rough ellipsoid of a given volume in the cerebrum that
 * pushes the brain aside, and oedema that creeps from its surface through white matter, here far, there not.
 */
import { z } from 'zod'
import type { Shape } from '../../../src/volume/volume.ts'
import type { Random } from '../../compile/random.ts'
import { groupIndex } from './groups.ts'
import type { LabelMap } from './label-map.ts'
import { boxAround, type Ellipsoid, pushOutward } from './mass-effect.ts'
import { smoothField } from './smooth-field.ts'

export const tumourSpecSchema = z.strictObject({
  chance: z.number().min(0).max(1),
  /** Volume without oedema, log-uniform. */
  tumourMl: z.tuple([z.number().positive(), z.number().positive()]),
  /** How far the oedema of one tumour reaches at most, counted in steps of 1 mm along the axes. */
  oedemaMm: z.tuple([z.number().nonnegative(), z.number().nonnegative()]),
  /** Tissue at the tumour's edge has been pushed by up to this fraction of its radius. */
  push: z.number().min(0).max(0.5),
  /** Chance that the middle of the tumour is dead, and the share of its volume that is. */
  necrosis: z
    .strictObject({ chance: z.number().min(0).max(1), share: z.tuple([z.number().min(0), z.number().max(1)]) })
    .optional(),
  /** Chance that the T1 was taken after contrast agent, which the living tumour takes up. */
  enhancing: z.number().min(0).max(1).optional(),
})

export type TumourSpec = z.infer<typeof tumourSpecSchema>

const WHITE_GROUP = groupIndex('white matter')
/** White matter of every brightness: what oedema creeps through. */
const WHITE_GROUPS: ReadonlySet<number> = new Set(['white matter', 'thin band', 'haze'].map(groupIndex))
const OEDEMA_GROUP = groupIndex('oedema')
const TUMOUR_GROUP = groupIndex('tumour')
const NECROSIS_GROUP = groupIndex('necrosis')
/** What a tumour grows into: the cerebrum, neither CSF nor what lies below the tentorium. */
const INVADED: ReadonlySet<number> = new Set([
  ...WHITE_GROUPS,
  ...[
    'cerebral cortex',
    'lesion',
    'thalamus',
    'caudate and accumbens',
    'putamen',
    'pallidum',
    'hippocampus and amygdala',
    'ventral DC',
  ].map(groupIndex),
])

/** A tumour that CSF or skull hem in grows elsewhere, up to this many radii from its centre. */
const GROWTH_RADII = 1.8
const ROUGHNESS = 0.25
const STAGES = 256

function randomWhiteVoxel(groups: Uint8Array, random: Random): number | undefined {
  let left = 0
  for (let v = 0; v < groups.length; v++) if (groups[v] === WHITE_GROUP) left++
  if (left === 0) return undefined
  left = random.int(left)
  for (let v = 0; ; v++) if (groups[v] === WHITE_GROUP && left-- === 0) return v
}

/** When growth reaches each voxel: its squared distance in radii, roughened, in stages; STAGES = never. */
function growthStages(shape: Shape, body: Ellipsoid, random: Random): (v: number) => number {
  const [nx, ny] = shape
  const { lo, hi } = boxAround(body, GROWTH_RADII, shape)
  const [bx, by, bz] = lo.map((from, a) => hi[a]! - from + 1) as [number, number, number]
  const field = smoothField([bx, by, bz], 0.7 * Math.min(...body.radii), ROUGHNESS, random)
  const stages = new Uint16Array(bx * by * bz)
  const line = new Float32Array(bx)
  const [ci, cj, ck] = body.centre.map((c, a) => c - lo[a]!) as [number, number, number]
  for (let k = 0, v = 0; k < bz; k++) {
    for (let j = 0; j < by; j++) {
      field.row(j, k, line)
      for (let i = 0; i < bx; i++, v++) {
        const rho = Math.hypot((i - ci) / body.radii[0], (j - cj) / body.radii[1], (k - ck) / body.radii[2])
        const late = (rho * rho + line[i]! * Math.min(1, rho)) / GROWTH_RADII ** 2
        stages[v] = Math.min(STAGES, Math.max(0, Math.round(late * STAGES)))
      }
    }
  }
  return (v) => {
    const [i, j, k] = [(v % nx) - lo[0], (Math.floor(v / nx) % ny) - lo[1], Math.floor(v / (nx * ny)) - lo[2]]
    const inside = i >= 0 && j >= 0 && k >= 0 && i < bx && j < by && k < bz
    return inside ? stages[i + bx * (j + by * k)]! : STAGES
  }
}

const neighbours = ([nx, ny]: Shape): readonly number[] => [-1, 1, -nx, nx, -nx * ny, nx * ny]

/** Grows one connected piece of `volumeVoxels` from `centre` in the order of the stages, in place; its voxels in that order. */
function grow(
  groups: Uint8Array,
  shape: Shape,
  centre: number,
  volumeVoxels: number,
  stageOf: (v: number) => number,
): number[] {
  const waiting: number[][] = Array.from({ length: STAGES }, () => [])
  const seen = new Set([centre])
  const grown: number[] = []
  waiting[0]!.push(centre)
  for (let stage = 0; stage < STAGES; stage++) {
    const now = waiting[stage]!
    // the list grows while it is walked: a neighbour that is due already joins it
    for (let n = 0; n < now.length && grown.length < volumeVoxels; n++) {
      groups[now[n]!] = TUMOUR_GROUP
      grown.push(now[n]!)
      for (const offset of neighbours(shape)) {
        const w = now[n]! + offset
        if (seen.has(w) || !INVADED.has(groups[w] ?? 0)) continue
        seen.add(w)
        waiting[Math.max(stage, stageOf(w))]?.push(w)
      }
    }
  }
  return grown
}

/** Floods white matter from the tumour, six neighbours a step, in place; how far depends on the direction. */
function flow(groups: Uint8Array, shape: Shape, tumour: readonly number[], body: Ellipsoid, reach: number, r: Random) {
  const [nx, ny] = shape
  const wave = [r.normal(), r.normal(), r.normal(), r.uniform(0, 2 * Math.PI)] as const
  const reachTowards = (v: number): number => {
    const [x, y, z] = [v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))].map((p, a) => p - body.centre[a]!)
    const along = (wave[0] * x! + wave[1] * y! + wave[2] * z!) / Math.max(1, Math.hypot(x!, y!, z!))
    return reach * (0.6 + 0.4 * Math.sin(2 * along + wave[3]))
  }
  let front = tumour
  for (let step = 1; step <= reach && front.length > 0; step++) {
    const next: number[] = []
    for (const v of front) {
      for (const offset of neighbours(shape)) {
        const w = v + offset
        if (!WHITE_GROUPS.has(groups[w] ?? 0) || step > reachTowards(w)) continue
        groups[w] = OEDEMA_GROUP
        next.push(w)
      }
    }
    front = next
  }
}

/**
 * A copy of `groups` (on the map's grid, 1 mm) with, by chance, one tumour, its oedema and its mass effect. A head
 * without cerebral white matter stays as it is; a tumour with too little room stays smaller than drawn.
 */
export function withTumour(map: LabelMap, groups: Uint8Array, spec: TumourSpec, random: Random): Uint8Array {
  const { shape } = map
  const centre = random.chance(spec.chance) ? randomWhiteVoxel(groups, random) : undefined
  if (centre === undefined) return groups.slice()
  const [least, most] = spec.tumourMl
  const volumeVoxels = Math.round(1000 * Math.exp(random.uniform(Math.log(least), Math.log(most))))
  const radius = Math.cbrt((volumeVoxels * 3) / (4 * Math.PI))
  const stretch = [random.uniform(-0.25, 0.25), random.uniform(-0.25, 0.25)] as const
  const body: Ellipsoid = {
    centre: [centre % shape[0], Math.floor(centre / shape[0]) % shape[1], Math.floor(centre / (shape[0] * shape[1]))],
    radii: [radius * Math.exp(stretch[0]), radius * Math.exp(stretch[1]), radius * Math.exp(-stretch[0] - stretch[1])],
  }
  const pushed = pushOutward(groups, shape, body, random.uniform(0, spec.push))
  const tumour = grow(pushed, shape, centre, volumeVoxels, growthStages(shape, body, random))
  flow(pushed, shape, tumour, body, random.uniform(...spec.oedemaMm), random)
  // drawn from only where it is asked for: recipes without it give the heads they always gave
  if (spec.necrosis !== undefined && random.chance(spec.necrosis.chance)) {
    const dead = Math.round(random.uniform(...spec.necrosis.share) * tumour.length)
    for (const v of tumour.slice(0, dead)) pushed[v] = NECROSIS_GROUP
  }
  return pushed
}
