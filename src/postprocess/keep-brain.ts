/**
 * Takes away tissue that a network saw outside the brain (face, neck, scalp) although it hangs together with it: solid
 * tissue is eroded, and the brain grown back from the piece that it is among what is left. Eroding a brain further makes it
 * smaller little by little; where it makes it smaller by a jump, a piece that is no brain came off. Of several large
 * pieces the brain is the uppermost. A cerebellum comes off like a neck, but of it the network is sure (sure-pieces.ts).
 * All distances are counted in steps between voxels that share a face.
 */
import { type ComponentRuns, componentRuns, largestComponent, releaseComponents } from '../labels/components.ts'
import { setOutside } from '../labels/outside.ts'
import { runsOf } from '../labels/runs.ts'
import type { KeepBrainSpec } from '../model/postprocess-spec.ts'
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
    const runs = componentRuns(depth, shape, deep, 6)
    if (runs.count === 0) break
    const core = uppermost(runs, shape, affine)
    tried.fill(0)
    for (let run = 0; run < runs.count; run++) if (runs.id[run] === core) tried.fill(1, runs.start[run], runs.end[run])
    const coreVoxels = runs.voxels[core]!
    releaseComponents(runs)
    const now = coreVoxels + spread(tried, shape, open === 0 ? 0 : open + toSteps(spec.growMm), depth)
    if (open <= least || now < (1 - spec.jumpShare) * before) kept.set(tried)
    before = now
  }
  release(tried)
  if (spec.sureShare !== undefined) {
    // what a deeper erosion would have cut off anyway stays whole: its core is what the deepest leaves of it
    const rest = new Uint8Array(depth.length)
    let left = 0
    for (let at = 0; at < rest.length; at++) {
      if (depth[at] === 0 || kept[at] !== 0) continue
      rest[at] = depth[at]! > most ? 2 : 1
      left++
    }
    if (left > 0) {
      const back = surePieces(rest, shape, confidence, spec.sureShare * meanOver(confidence, kept))
      spread(kept, shape, Number.POSITIVE_INFINITY, back)
      release(back)
    }
    release(rest)
  }
  release(depth)
  if (spec.wholeLesions) spread(kept, shape, Number.POSITIVE_INFINITY, data, among(lesions))
  spread(kept, shape, toSteps(spec.fluidMm), data, among(fluid))
  // not in holes: what the kept voxels enclose stays as it is
  setOutside(data, 0, kept, shape, 0)
  release(kept)
}

/** By value: 1 for these, else 0. */
function among(values: readonly number[]): Uint8Array {
  const table = new Uint8Array(256)
  for (const value of values) table[value] = 1
  return table
}

/** The large piece whose mean position is furthest up (world z, RAS+ mm). */
function uppermost({ start, end, id: ids, ofRow, voxels }: ComponentRuns, [nx, ny, nz]: Shape, affine: Affine): number {
  const leastVoxels = LARGE * voxels[largestComponent({ voxels })]!
  const height = new Float64Array(voxels.length)
  for (let k = 0, row = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++, row++) {
      for (let run = ofRow[row]!; run < ofRow[row + 1]!; run++) {
        const id = ids[run]!
        if (voxels[id]! < leastVoxels) continue
        const middle = (start[run]! + end[run]! - 1) / 2 - row * nx
        const share = (end[run]! - start[run]!) / voxels[id]!
        height[id]! += share * (affine[8]! * middle + affine[9]! * j + affine[10]! * k)
      }
    }
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
function depthOf(
  data: Uint8Array,
  [nx, ny, nz]: Shape,
  solidValues: readonly number[],
  most: number,
): Uint8Array<ArrayBuffer> {
  const depth = new Uint8Array(data.length)
  const plane = nx * ny
  const { start, end, ofRow } = runsOf(data, [nx, ny, nz], among(solidValues))
  for (let k = 0, row = 0; k < nz; k++)
    for (let j = 0; j < ny; j++, row++)
      for (let run = ofRow[row]!; run < ofRow[row + 1]!; run++) {
        let before = 0
        for (let at = start[run]!; at < end[run]!; at++) {
          let least = Math.min(before, most - 1)
          least = Math.min(least, j > 0 ? depth[at - nx]! : 0)
          least = Math.min(least, k > 0 ? depth[at - plane]! : 0)
          before = least + 1
          depth[at] = before
        }
      }
  for (let k = nz - 1, row = ny * nz - 1; k >= 0; k--)
    for (let j = ny - 1; j >= 0; j--, row--)
      for (let run = ofRow[row + 1]! - 1; run >= ofRow[row]!; run--) {
        let behind = 0
        for (let at = end[run]! - 1; at >= start[run]!; at--) {
          let least = Math.min(behind, depth[at]! - 1)
          least = Math.min(least, j < ny - 1 ? depth[at + nx]! : 0)
          least = Math.min(least, k < nz - 1 ? depth[at + plane]! : 0)
          behind = least + 1
          depth[at] = behind
        }
      }
  for (const array of [start, end, ofRow]) release(array)
  return depth
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
