/**
 * White-matter lesions drawn into a label map before it is deformed: caps and rims along the ventricles, and blobs
 * (ellipsoids with a rough edge) that keep to white matter and prefer its inner part; or the lesions of a real patient.
 */
import { z } from 'zod'
import type { Random } from '../../compile/random.ts'
import { groupIndex } from './groups.ts'
import type { LabelMap } from './label-map.ts'
import { drawLesionShape, type LesionShape, lesionShapesSchema } from './lesion-shapes.ts'
import { smoothField } from './smooth-field.ts'

export const lesionSpecSchema = z.strictObject({
  /** Chance that a head has no lesion at all, those of its own map included. */
  none: z.number().min(0).max(1),
  /** Chance of a rim along the ventricles. */
  rim: z.number().min(0).max(1),
  /** Fewest and most blobs (log-uniform between), and their volume in mL (log-uniform). */
  blobs: z.tuple([z.int().positive(), z.int().positive()]),
  blobMl: z.tuple([z.number().positive(), z.number().positive()]),
  shapes: lesionShapesSchema.optional(),
})

export type LesionSpec = z.infer<typeof lesionSpecSchema>

const WHITE_GROUP = groupIndex('white matter')
const LESION_GROUP = groupIndex('lesion')
/** Cerebral white matter this many steps from the ventricles is where most blobs start. */
const DEEP_STEPS = 14
const MAX_RIM_STEPS = 5

const logUniform = (range: readonly [number, number], random: Random): number =>
  Math.exp(random.uniform(Math.log(range[0]), Math.log(range[1])))

function drawRim(groups: Uint8Array, map: LabelMap, random: Random): void {
  const [nx, ny, nz] = map.shape
  const thickness = random.uniform(-1.5, 2.5)
  const field = smoothField(map.shape, 18, 2, random)
  const line = new Float32Array(nx)
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = nx * (j + ny * k)
      let near = false
      for (let i = 0; i < nx && !near; i++) near = map.ventricleSteps[row + i]! <= MAX_RIM_STEPS
      if (!near) continue
      field.row(j, k, line)
      for (let i = 0; i < nx; i++) {
        const steps = map.ventricleSteps[row + i]!
        if (steps <= MAX_RIM_STEPS && steps < thickness + line[i]!) groups[row + i] = LESION_GROUP
      }
    }
  }
}

/** An ellipsoid around voxel `centre`, its radius wobbling along a random wave; only white matter turns into lesion. */
function drawBlob(groups: Uint8Array, map: LabelMap, centre: number, volumeMl: number, random: Random): void {
  const [nx, ny, nz] = map.shape
  const radius = Math.cbrt((volumeMl * 1000 * 3) / (4 * Math.PI))
  const stretch = [random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4)] as const
  const radii = [
    radius * Math.exp(stretch[0]),
    radius * Math.exp(stretch[1]),
    radius * Math.exp(-stretch[0] - stretch[1]),
  ]
  const wave = [random.normal(), random.normal(), random.normal(), random.uniform(0, 2 * Math.PI)] as const
  const [ci, cj, ck] = [centre % nx, Math.floor(centre / nx) % ny, Math.floor(centre / (nx * ny))]
  const reach = Math.ceil(1.3 * Math.max(...radii))
  for (let k = Math.max(0, ck - reach); k <= Math.min(nz - 1, ck + reach); k++) {
    for (let j = Math.max(0, cj - reach); j <= Math.min(ny - 1, cj + reach); j++) {
      for (let i = Math.max(0, ci - reach); i <= Math.min(nx - 1, ci + reach); i++) {
        const v = i + nx * (j + ny * k)
        if (groups[v] !== WHITE_GROUP) continue
        const [x, y, z] = [(i - ci) / radii[0]!, (j - cj) / radii[1]!, (k - ck) / radii[2]!]
        const wobble = 0.35 * Math.sin(1.7 * (wave[0] * x + wave[1] * y + wave[2] * z) + wave[3])
        if (x * x + y * y + z * z < 1 + wobble) groups[v] = LESION_GROUP
      }
    }
  }
}

/** A copy of the map's groups with lesions put in (or all of them taken out): those of `patient`, or drawn ones. */
export function withLesions(map: LabelMap, spec: LesionSpec, random: Random, patient?: LesionShape): Uint8Array {
  const groups = map.groups.slice()
  if (random.chance(spec.none)) {
    for (let v = 0; v < groups.length; v++) if (groups[v] === LESION_GROUP) groups[v] = WHITE_GROUP
    return groups
  }
  if (patient !== undefined) {
    drawLesionShape(groups, map, patient, random)
    return groups
  }
  if (random.chance(spec.rim)) drawRim(groups, map, random)
  const white: number[] = []
  for (let v = 0; v < groups.length; v++) if (map.ventricleSteps[v] !== 255 && groups[v] === WHITE_GROUP) white.push(v)
  const deep = white.filter((v) => map.ventricleSteps[v]! <= DEEP_STEPS)
  if (white.length === 0) return groups
  const count = Math.round(logUniform(spec.blobs, random))
  for (let b = 0; b < count; b++) {
    const from = deep.length > 0 && random.chance(0.7) ? deep : white
    drawBlob(groups, map, from[random.int(from.length)]!, logUniform(spec.blobMl, random), random)
  }
  return groups
}
