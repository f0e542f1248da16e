/** Logits that are held at once, for the memory formula of the README. */
import type { InferenceSpec } from '../model/card.ts'
import type { Shape } from '../volume/volume.ts'

/** Bytes of logits that are held at once on a grid of `shape`: a ring of planes, or one tile. */
export function heldLogitBytes(shape: Shape, spec: InferenceSpec, labelCount: number): number {
  const [w, h, d] = spec.patchVoxels
  return 'tiles' in spec ? 4 * w * h * d * labelCount : planeRingBytes(shape, d, labelCount)
}

/** Bytes that a ring holds. */
export function planeRingBytes(shape: Shape, patchDepth: number, labelCount: number): number {
  return 4 * Math.min(patchDepth, shape[2]) * shape[1] * shape[0] * labelCount
}
