/** Groups → the intensities of one channel, as a scanner would give them: tissue, blur, bias, gamma, noise. */
import { z } from 'zod'
import type { Shape } from '../../../src/volume/volume.ts'
import type { Random } from '../../compile/random.ts'
import { blur } from './blur.ts'
import type { Contrast } from './contrast.ts'
import { openFades } from './fades.ts'
import { NORMALS, NORMALS_LENGTH } from './normals.ts'
import { openPatchwork, type Patchwork } from './patchwork.ts'
import { smoothField } from './smooth-field.ts'

export const paintSpecSchema = z.strictObject({
  /** Point spread, Gaussian sigma. */
  blurMm: z.tuple([z.number().nonnegative(), z.number().nonnegative()]),
  /** Chance of thick slices along one axis, and their thickness. */
  thickSlices: z.number().min(0).max(1),
  sliceMm: z.tuple([z.number().positive(), z.number().positive()]),
  /** Spread of the multiplicative bias field, up to this. */
  bias: z.number().min(0).max(0.5),
  /** Spread of log gamma. */
  gamma: z.number().nonnegative(),
  /** Scanner noise relative to white matter, up to this. */
  noise: z.number().nonnegative(),
  /** Chance that what lies outside the brain is a patchwork (patchwork.ts). */
  patchwork: z.number().min(0).max(1).optional(),
  /** Lesions differ: the faintest keeps so much less of its contrast to white matter. A haze then fades into white matter. */
  fadedLesions: z.number().min(0).max(1).optional(),
  /** The same of oedema. */
  fadedOedema: z.number().min(0).max(1).optional(),
})

export type PaintSpec = z.infer<typeof paintSpecSchema>

const TEXTURE_LATTICE_MM = 7
const BIAS_LATTICE_MM = 70
/** Sigma of a Gaussian whose full width at half maximum is 1. */
const SIGMA_OF_WIDTH = 1 / 2.355
/** Intensities are looked up in a gamma table of this many steps up to MAX_LEVEL (white matter = 100). */
const GAMMA_STEPS = 8192
const MAX_LEVEL = 400

function tissue(
  groups: Uint8Array,
  shape: Shape,
  contrast: Contrast,
  patchwork: Patchwork | undefined,
  { fadedLesions, fadedOedema }: PaintSpec,
  random: Random,
): Float32Array {
  const [nx, ny, nz] = shape
  const { mean, spread, texture } = contrast
  const image = new Float32Array(groups.length)
  const coarse = smoothField(shape, TEXTURE_LATTICE_MM, 1, random)
  const line = new Float32Array(nx)
  const levels = new Float32Array(nx)
  const hasFades = fadedLesions !== undefined || fadedOedema !== undefined
  const fades = hasFades ? openFades(shape, fadedLesions ?? 0, fadedOedema ?? 0, random) : undefined
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      coarse.row(j, k, line)
      const row = nx * (j + ny * k)
      const start = random.int(NORMALS_LENGTH)
      const groupsOfRow = groups.subarray(row, row + nx)
      for (let i = 0; i < nx; i++) levels[i] = mean[groupsOfRow[i]!]!
      patchwork?.row(j, k, groupsOfRow, levels)
      fades?.row(j, k, groupsOfRow, mean, levels)
      for (let i = 0; i < nx; i++) {
        const g = groupsOfRow[i]!
        image[row + i] = levels[i]! + texture[g]! * line[i]! + spread[g]! * NORMALS[(start + i) & (NORMALS_LENGTH - 1)]!
      }
    }
  }
  return image
}

function pointSpread(spec: PaintSpec, random: Random): [number, number, number] {
  const sigma = random.uniform(...spec.blurMm)
  const sigmas: [number, number, number] = [sigma, sigma, sigma]
  if (random.chance(spec.thickSlices)) {
    const axis = random.int(3) as 0 | 1 | 2
    sigmas[axis] = Math.hypot(sigma, random.uniform(...spec.sliceMm) * SIGMA_OF_WIDTH)
  }
  return sigmas
}

function gammaTable(gamma: number): Float32Array {
  return Float32Array.from({ length: GAMMA_STEPS + 1 }, (_, s) => {
    const level = (s * MAX_LEVEL) / GAMMA_STEPS
    return 100 * (level / 100) ** gamma
  })
}

/** One channel of a 1 mm head, [nx, ny, nz] x fastest, non-negative, white matter about 100. */
export function paint(
  groups: Uint8Array,
  shape: Shape,
  contrast: Contrast,
  spec: PaintSpec,
  random: Random,
): Float32Array {
  // drawn from only where it is asked for: recipes without a patchwork give the heads they always gave
  const hasPatchwork = spec.patchwork !== undefined && random.chance(spec.patchwork)
  const sharp = tissue(groups, shape, contrast, hasPatchwork ? openPatchwork(shape, random) : undefined, spec, random)
  return scanned(sharp, shape, spec, random)
}

/** Sharp intensities (white matter about 100) as a scanner gives them: point spread, bias, gamma, noise; `sharp` is not kept. */
export function scanned(sharp: Float32Array, shape: Shape, spec: PaintSpec, random: Random): Float32Array {
  const [nx, ny, nz] = shape
  const image = blur(sharp, new Float32Array(sharp.length), shape, pointSpread(spec, random))
  const bias = smoothField(shape, BIAS_LATTICE_MM, random.uniform(0, spec.bias), random)
  const table = gammaTable(Math.exp(random.normal() * spec.gamma))
  const noise = 100 * random.uniform(0.1 * spec.noise, spec.noise)
  const line = new Float32Array(nx)
  const toStep = GAMMA_STEPS / MAX_LEVEL
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      bias.row(j, k, line)
      const row = nx * (j + ny * k)
      const start = random.int(NORMALS_LENGTH)
      for (let i = 0; i < nx; i++) {
        const gain = Math.max(0.3, 1 + line[i]!)
        const step = Math.min(GAMMA_STEPS, Math.max(0, image[row + i]! * gain * toStep)) | 0
        // magnitude images have no negative values
        image[row + i] = Math.abs(table[step]! + noise * NORMALS[(start + i) & (NORMALS_LENGTH - 1)]!)
      }
    }
  }
  return image
}
