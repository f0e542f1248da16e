/**
 * Do two scans show the same head in the same place, as they came or once they were laid on each other
 * (src/preprocess/undo-motion.ts)? Scans that lie on each other share the most information as they lie (Viola and Wells
 * 1997, Maes et al. 1997): if moving one by a few millimetres makes them share more inside the brain that was found, they
 * do not.
 */
import type { NetworkInput } from '../network/patch-reader.ts'
import { BINS, mutualInformation } from '../preprocess/shared-information.ts'
import { spacingMm } from '../volume/affine.ts'
import type { LabelVolume, Shape, Volume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'

const SHIFT_MM = 4
/** Intensities are z-scores; what lies beyond is in the outer bins. */
const RANGE = 3
/** One voxel in so many along each axis is looked at. */
const STRIDE = 2

/** @param found on the model grid; only what is labelled is compared */
export function misalignmentWarnings(
  { channels }: NetworkInput,
  found: LabelVolume,
  names: readonly string[],
): Warning[] {
  const sent = channels.flatMap((channel, c) => (channel === null ? [] : [{ channel, name: names[c]! }]))
  const [first, ...others] = sent
  if (first === undefined) return []
  return others.flatMap(({ channel, name }): Warning[] => {
    const mm = betterShiftMm(first.channel, channel, found)
    if (mm === null) return []
    const message = `${first.name} and ${name} fit better with one moved by ${mm.join(', ')} mm (R, A, S): are they registered?`
    return [{ code: 'scans-misaligned', message }]
  })
}

/** The shift of `moving` (one axis, ±SHIFT_MM) that shares more information with `fixed` than none, or null. */
function betterShiftMm(
  fixed: Volume<'model'>,
  moving: Volume<'model'>,
  { data, shape, affine }: LabelVolume,
): readonly number[] | null {
  const spacing = spacingMm(affine)
  const share = (shift: Shape) => sharedInformation(fixed.data, moving.data, data, shape, shift)
  let best = share([0, 0, 0])
  let found: readonly number[] | null = null
  for (const axis of [0, 1, 2] as const)
    for (const sign of [-1, 1]) {
      const steps = [0, 0, 0] as [number, number, number]
      steps[axis] = sign * Math.max(1, Math.round(SHIFT_MM / spacing[axis]))
      const information = share(steps)
      if (information <= best) continue
      best = information
      // on the model grid voxel axes run along R, A and S; a voxel read further up is a scan moved down
      found = steps.map((step, a) => Math.round(-step * spacing[a]!) + 0)
    }
  return found
}

/** Mutual information in nats of fixed(v) and moving(v + shift) over labelled voxels v, from a joint histogram. */
function sharedInformation(
  fixed: Float32Array,
  moving: Float32Array,
  labels: Uint8Array,
  [nx, ny, nz]: Shape,
  [dx, dy, dz]: Shape,
): number {
  const joint = new Float64Array(BINS * BINS)
  const bin = (z: number) => Math.min(BINS - 1, Math.max(0, Math.floor(((z + RANGE) / (2 * RANGE)) * BINS)))
  const offset = dx + nx * (dy + ny * dz)
  for (let k = Math.max(0, -dz); k < Math.min(nz, nz - dz); k += STRIDE)
    for (let j = Math.max(0, -dy); j < Math.min(ny, ny - dy); j += STRIDE)
      for (let i = Math.max(0, -dx); i < Math.min(nx, nx - dx); i += STRIDE) {
        const at = i + nx * (j + ny * k)
        if (labels[at] === 0) continue
        joint[BINS * bin(fixed[at]!) + bin(moving[at + offset]!)]! += 1
      }
  return mutualInformation(joint)
}
