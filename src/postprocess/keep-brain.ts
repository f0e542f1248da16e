/**
 * Takes away tissue that a network saw outside the brain (face, neck, scalp) although it hangs together with it: solid
 * tissue is eroded, and the brain grown back from the piece that it is among what is left. Eroding a brain further makes it
 * smaller little by little; where it makes it smaller by a jump, a piece that is no brain came off. Of several large
 * pieces the brain is the uppermost. A cerebellum comes off like a neck, but of it the network is sure (sure-pieces.ts).
 * All distances are counted in steps between voxels that share a face.
 */
import { type Components, connectedComponents, largestComponent } from '../labels/components.ts'
import { outside } from '../labels/outside.ts'
import type { KeepBrainSpec } from '../model/card.ts'
import type { FoundLabels } from '../network/sliding-window.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { Affine, Shape } from '../volume/volume.ts'
import { spread } from './spread.ts'
import { surePieces } from './sure-pieces.ts'

/** A piece of less than this share of the largest is not the brain, however high it lies. */
const LARGE = 0.25
/** Between one erosion that is tried and the next. */
const STEP_MM = 2

/** Values of the labels that are told apart; lesions are solid too. */
export interface KeptValues {
  readonly solid: readonly number[]
  readonly fluid: readonly number[]
  readonly lesions: readonly number[]
}

/**
 * In place: what is not brain becomes 0. A brain that is cut off by the field of view is eroded from there too, and grows
 * back. Where nothing is left of the tissue when it is eroded, less is.
 * Beside the labels it holds up to 15 bytes a voxel, where every second one is a piece of its own.
 */
export function keepBrain(
  { data, shape, affine, confidence }: FoundLabels,
  { solid, fluid, lesions }: KeptValues,
  spec: KeepBrainSpec,
): void {
  const toSteps = (mm: number) => Math.round(mm / Math.cbrt(1000 * voxelVolumeMl(affine)))
  const [least, most] = spec.openMm.map(toSteps) as [number, number]
  const depth = depthOf(data, shape, solid, most + 1)
  const step = Math.max(1, toSteps(STEP_MM))
  const kept = new Uint8Array(data.length)
  const tried = new Uint8Array(data.length)
  let before = 0
  for (let open = 0; open <= most; open = open < least ? least : open + step) {
    const deep = Array.from({ length: most + 1 - open }, (_, further) => open + 1 + further)
    const components = connectedComponents(depth, shape, deep, 6)
    if (components.voxels.length === 1) break
    const core = uppermost(components, shape, affine)
    for (let at = 0; at < tried.length; at++) tried[at] = components.ids[at] === core ? 1 : 0
    release(components.ids)
    release(components.voxels)
    spread(tried, shape, open === 0 ? 0 : open + toSteps(spec.growMm), (at) => depth[at]! > 0)
    const now = count(tried)
    if (open <= least || now < (1 - spec.jumpShare) * before) kept.set(tried)
    before = now
  }
  release(tried)
  if (spec.sureShare !== undefined) {
    // what a deeper erosion would have cut off anyway stays whole: its core is what the deepest leaves of it
    const rest = kept.map((isKept, at) => (isKept === 1 || depth[at] === 0 ? 0 : depth[at]! > most ? 2 : 1))
    const back = surePieces(rest, shape, confidence, spec.sureShare * meanOver(confidence, kept))
    spread(kept, shape, Number.POSITIVE_INFINITY, (at) => back[at] === 1)
  }
  if (spec.wholeLesions) spread(kept, shape, Number.POSITIVE_INFINITY, (at) => lesions.includes(data[at]!))
  spread(kept, shape, toSteps(spec.fluidMm), (at) => fluid.includes(data[at]!))
  removeOutside(data, kept, shape)
}

/** Of the large pieces the one whose mean position is furthest up (world z, RAS+ mm). */
function uppermost({ ids, voxels }: Components, [nx, ny]: Shape, affine: Affine): number {
  const leastVoxels = LARGE * voxels[largestComponent({ voxels })]!
  const height = new Float64Array(voxels.length)
  for (let at = 0; at < ids.length; at++) {
    const id = ids[at]!
    if (id === 0 || voxels[id]! < leastVoxels) continue
    const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]
    height[id]! += (affine[8]! * i + affine[9]! * j + affine[10]! * k) / voxels[id]!
  }
  let best = 0
  for (let id = 1; id < voxels.length; id++) {
    if (voxels[id]! >= leastVoxels && (best === 0 || height[id]! > height[best]!)) best = id
  }
  release(height)
  return best
}

/**
 * City-block distance in voxels of each solid voxel from the nearest that is not, at most `most`; 0 where not solid.
 * Beyond the edge of the volume nothing is.
 */
function depthOf(data: Uint8Array, [nx, ny, nz]: Shape, solidValues: readonly number[], most: number): Uint8Array {
  const isSolid = Uint8Array.from({ length: 256 }, (_, value) => (solidValues.includes(value) ? 1 : 0))
  const depth = data.map((value) => isSolid[value]! * most)
  const plane = nx * ny
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) {
        if (depth[at] === 0) continue
        let least = depth[at]! - 1
        least = Math.min(least, i > 0 ? depth[at - 1]! : 0)
        least = Math.min(least, j > 0 ? depth[at - nx]! : 0)
        least = Math.min(least, k > 0 ? depth[at - plane]! : 0)
        depth[at] = least + 1
      }
  for (let k = nz - 1, at = depth.length - 1; k >= 0; k--)
    for (let j = ny - 1; j >= 0; j--)
      for (let i = nx - 1; i >= 0; i--, at--) {
        if (depth[at] === 0) continue
        let least = depth[at]! - 1
        least = Math.min(least, i < nx - 1 ? depth[at + 1]! : 0)
        least = Math.min(least, j < ny - 1 ? depth[at + nx]! : 0)
        least = Math.min(least, k < nz - 1 ? depth[at + plane]! : 0)
        depth[at] = least + 1
      }
  return depth
}

function count(mask: Uint8Array): number {
  let ones = 0
  for (let at = 0; at < mask.length; at++) ones += mask[at]!
  return ones
}

function meanOver(values: Uint8Array, mask: Uint8Array): number {
  let [sum, voxels] = [0, 0]
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] !== 1) continue
    sum += values[at]!
    voxels++
  }
  return sum / voxels
}

/** Labels outside the kept voxels become 0, but not in holes: what the kept voxels enclose stays as it is. */
function removeOutside(data: Uint8Array, kept: Uint8Array, shape: Shape): void {
  const isOutside = outside(kept, shape, 0)
  for (let at = 0; at < data.length; at++) if (isOutside[at] === 1) data[at] = 0
}
