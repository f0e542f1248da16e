/**
 * A painted head as a scanner takes it up: slabs of some thickness, perhaps with gaps between them, on a grid of their own, and
 * noise in each voxel of that grid. What a model sees of a thick slice is noise that was interpolated, not noise at 1 mm.
 */
import { z } from 'zod'
import { applyAffine } from '../../../src/volume/affine.ts'
import { resampleTo } from '../../../src/volume/resample.ts'
import type { Affine, Shape, Volume } from '../../../src/volume/volume.ts'
import { type Random, weightedIndex } from '../../compile/random.ts'
import { NORMALS, NORMALS_LENGTH } from './normals.ts'

const range = z.tuple([z.number().positive(), z.number().positive()])

export const acquireSpecSchema = z.strictObject({
  /** Chance that a scan is taken up so; else it stays on the grid of 1 mm with the noise of its painting. */
  chance: z.number().min(0).max(1),
  /** Weights of sagittal, coronal and axial slices. */
  planes: z.tuple([z.number().nonnegative(), z.number().nonnegative(), z.number().nonnegative()]),
  inPlaneMm: range,
  /** From the middle of a slice to that of the next; log-uniform between. */
  sliceMm: range,
  /** Largest share of that which no slice covers. */
  gap: z.number().min(0).max(0.5),
  /** Noise relative to white matter, up to this. */
  noise: z.number().nonnegative(),
})

export type AcquireSpec = z.infer<typeof acquireSpecSchema>

/**
 * @param head intensities without noise, at 1 mm, white matter about 100
 * @returns the scan on the grid of its slices, axes parallel to those of the head, non-negative
 */
export function acquire(head: Volume<'scan'>, spec: AcquireSpec, random: Random): Volume<'scan'> {
  const axis = weightedIndex(spec.planes, random) as 0 | 1 | 2
  const inPlaneMm = random.uniform(...spec.inPlaneMm)
  const [least, most] = spec.sliceMm.map(Math.log) as [number, number]
  const sliceMm = Math.max(inPlaneMm, Math.exp(random.uniform(least, most)))
  const thickMm = sliceMm * (1 - random.uniform(0, spec.gap))
  const noise = 100 * random.uniform(0.1 * spec.noise, spec.noise)
  const step = ([0, 1, 2] as const).map((at) => (at === axis ? sliceMm : inPlaneMm)) as [number, number, number]
  const shape = head.shape.map((voxels, at) => Math.max(2, Math.floor(voxels / step[at]!))) as unknown as Shape
  // where the first slice begins is chance, as it is in a scanner
  const first = step.map((mm, at) => mm / 2 - 0.5 + random.uniform(0, head.shape[at]! - shape[at]! * mm)) as [
    number,
    number,
    number,
  ]
  const data = new Float32Array(shape[0] * shape[1] * shape[2])
  const one = shape.map((voxels, at) => (at === axis ? 1 : voxels)) as unknown as Shape
  const thick = step.map((mm, at) => (at === axis ? thickMm : mm)) as [number, number, number]
  for (let slice = 0; slice < shape[axis]; slice++) {
    const middle = first.map((mm, at) => mm + (at === axis ? slice * sliceMm : 0)) as [number, number, number]
    put(resampleTo(head, { shape: one, affine: placed(head.affine, middle, thick) }), one, data, shape, axis, slice)
  }
  for (let at = 0; at < data.length; at += NORMALS_LENGTH) {
    const start = random.int(NORMALS_LENGTH)
    const end = Math.min(data.length, at + NORMALS_LENGTH)
    // magnitude images have no negative values
    for (let v = at; v < end; v++) data[v] = Math.abs(data[v]! + noise * NORMALS[(start + v) & (NORMALS_LENGTH - 1)]!)
  }
  return { frame: 'scan', shape, affine: placed(head.affine, first, step), data }
}

/** The affine of a grid whose first voxel lies at `first` of another of 1 mm and whose steps are so many of its voxels. */
function placed(affine: Affine, first: readonly [number, number, number], step: readonly number[]): Affine {
  const origin = applyAffine(affine, ...first)
  return affine.map((value, at) => {
    if (at >= 12) return value
    return at % 4 === 3 ? origin[(at - 3) / 4]! : value * step[at % 4]!
  })
}

/** Writes one slice across `axis` into its place. */
function put(
  slice: Float32Array,
  [nx, ny, nz]: Shape,
  to: Float32Array,
  [width, height]: Shape,
  axis: 0 | 1 | 2,
  place: number,
): void {
  const shift = [1, width, width * height][axis]! * place
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) to[shift + i + width * (j + height * k)] = slice[at]!
}
