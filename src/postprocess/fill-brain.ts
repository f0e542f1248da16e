/**
 * Inside a stripped brain nothing is background: somebody, or a tool, has said where the brain is by writing 0 around it.
 * A network that sees coarse slices or a poor FLAIR calls parts of it background all the same; those take the likeliest of
 * the other labels. A whole head whose air was zeroed has the same silence around it, but most of it is no brain: it is
 * told by how little of it the network labelled.
 */
import { componentRuns, largestComponent, releaseComponents } from '../labels/components.ts'
import { outside } from '../labels/outside.ts'
import type { FoundLabels } from '../network/sliding-window.ts'
import { ZONE } from '../preprocess/known-brain.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import { fourAtOnce, nextFilled } from '../volume/next-filled.ts'
import { release } from '../volume/release.ts'
import { spread } from './spread.ts'

/**
 * Share of what lies within the silence that the network labelled, and of its outer RIM_MM, where a whole head has scalp.
 * Twelve stripped scans, T1 and FLAIR up to 8 mm: 0.88 and more, at the rim 0.51 and more; four whole heads whose air was
 * zeroed: 0.42 to 0.71, at the rim 0.07 to 0.30.
 */
const STRIPPED_SHARE = 0.6
const STRIPPED_RIM_SHARE = 0.4
const RIM_MM = 5
const DEEP_MM = 6
/** A brain with all its fluid; the smallest of the whole heads had 2.1 L. */
const MOST_BRAIN_ML = 2000

/**
 * In place: labels and their probabilities, which are then those among the labels of a brain. Nothing is done where the
 * network was not asked for them, or where the scan is not sure to be a stripped brain. Of several bodies in the silence only
 * the largest is the brain: what a stripping left lying beside it stays as it is.
 * Memory: 6 bytes a voxel of the rim, 2 of all.
 * @param silent as preprocess() gives it
 */
export function fillBrain({ data, confidence, inBrain, shape, affine }: FoundLabels, silent: Uint8Array): void {
  if (inBrain === undefined) return
  const around = outside(silent, shape, 1, 2)
  const runs = componentRuns(around, shape, [0], 6)
  const { count, start, end, id, voxels } = runs
  const largest = largestComponent(runs)
  const voxelMl = voxelVolumeMl(affine)
  const isBody = new Uint8Array(data.length)
  for (let run = 0; run < count; run++) if (id[run] === largest) isBody.fill(1, start[run], end[run])
  const isSmall = voxels[largest]! * voxelMl <= MOST_BRAIN_ML
  releaseComponents(runs)
  if (isSmall && labelledShare(data, isBody) >= STRIPPED_SHARE) {
    spread(around, shape, Math.round(RIM_MM / Math.cbrt(1000 * voxelMl)), isBody)
    if (labelledShare(data, isBody, around) >= STRIPPED_RIM_SHARE) {
      const [words, end] = [fourAtOnce(isBody), data.length]
      for (let at = 0; at < end; ) {
        at = nextFilled(isBody, words, at, end)
        for (; at < end && isBody[at] !== 0; at++) {
          if (data[at] !== 0) continue
          data[at] = inBrain.labels[at]!
          confidence[at] = inBrain.confidence[at]!
        }
      }
    }
  }
  release(around)
  release(isBody)
}

/**
 * In place, as fillBrain(), of a brain that was found in a whole head: what lies DEEP_MM and more inside of it is no background.
 * Nearer to its surface the network knows better.
 * @param zones of known-brain.ts
 */
export function fillFound({ data, confidence, inBrain, shape, affine }: FoundLabels, zones: Uint8Array): void {
  if (inBrain === undefined) return
  const near = new Uint8Array(zones.length)
  for (let at = 0; at < near.length; at++) if (zones[at] !== ZONE.brain) near[at] = 1
  // what is not near by itself is brain
  spread(near, shape, Math.round(DEEP_MM / Math.cbrt(1000 * voxelVolumeMl(affine))), zones)
  for (let at = 0; at < data.length; at++) {
    if (near[at] === 1 || data[at] !== 0) continue
    data[at] = inBrain.labels[at]!
    confidence[at] = inBrain.confidence[at]!
  }
  release(near)
}

/** The labelled share of the body, or of the part of it that lies in the rim; 0 where there is nothing. */
function labelledShare(data: Uint8Array, isBody: Uint8Array, isRim: Uint8Array = isBody): number {
  const [words, end] = [fourAtOnce(isBody), data.length]
  let [all, labelled] = [0, 0]
  for (let at = 0; at < end; ) {
    at = nextFilled(isBody, words, at, end)
    for (; at < end && isBody[at] !== 0; at++) {
      if (isRim[at] === 0) continue
      all++
      if (data[at] !== 0) labelled++
    }
  }
  return labelled / Math.max(1, all)
}
