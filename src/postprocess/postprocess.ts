/** What the card asks to be done with a label map on the model grid before it goes back to the scan's. */
import { type Components, connectedComponents } from '../labels/components.ts'
import { type LabelSet, lesionValues } from '../labels/label-set.ts'
import { outside } from '../labels/outside.ts'
import { tissueValues } from '../labels/tissue.ts'
import type { PostprocessSpec } from '../model/card.ts'
import type { FoundLabels } from '../network/sliding-window.ts'
import type { Prepared } from '../preprocess/preprocess.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume } from '../volume/volume.ts'
import { keepBrain } from './keep-brain.ts'

/** A scan of which this share of the foreground was labelled shows a brain and nothing else: it was skull-stripped. */
const STRIPPED_SHARE = 0.8

export interface PostprocessCard {
  readonly labels: LabelSet
  readonly postprocess: PostprocessSpec
}

/**
 * A new label map; first goes what lies where there is no signal, then what is far from the brain, then what is too small
 * or too doubtful to be called a lesion.
 */
export function postprocess(
  found: FoundLabels,
  { labels, postprocess: spec }: PostprocessCard,
  { foregroundMl, silent }: Pick<Prepared, 'foregroundMl' | 'silent'>,
): LabelVolume {
  const data = found.data.slice()
  if (spec.silenceIsBackground) {
    const isOutside = outside(silent, found.shape, 1)
    for (let at = 0; at < data.length; at++) if (isOutside[at] === 1) data[at] = 0
  }
  const lesions = lesionValues(labels)
  if (spec.keepLargestComponent) {
    const labelled = labels.filter(({ kind }) => kind !== 'background').map(({ value }) => value)
    keepLargest({ ...found, data }, labelled)
  }
  // of a skull-stripped brain only thin gyri would go
  if (spec.keepBrain && labelledMl(found) < STRIPPED_SHARE * foregroundMl) {
    const fluid = tissueValues(labels).csf
    const solid = labels.filter(({ kind, value }) => kind !== 'background' && value !== fluid).map((l) => l.value)
    keepBrain({ ...found, data }, { solid, fluid: fluid === undefined ? [] : [fluid], lesions }, spec.keepBrain)
  }
  if (spec.minLesionMl > 0 || spec.minLesionConfidence) {
    for (const lesion of lesions)
      dissolveLesions({ ...found, data }, lesion, spec.minLesionMl, spec.minLesionConfidence ?? 0)
  }
  return { ...found, data }
}

function labelledMl({ data, affine }: LabelVolume): number {
  let voxels = 0
  for (const value of data) if (value !== 0) voxels++
  return voxels * voxelVolumeMl(affine)
}

/** In place. Joined by faces only, so that a thread of voxels through the skull does not hold the scalp to the brain. */
function keepLargest({ data, shape }: LabelVolume, values: readonly number[]): void {
  const { ids, voxels } = connectedComponents(data, shape, values, 6)
  const largest = voxels.indexOf(Math.max(...voxels.slice(1)), 1)
  for (let at = 0; at < data.length; at++) if (ids[at] !== largest) data[at] = 0
  release(ids)
}

/**
 * In place. Components (26-connected) of one label below `minMl`, or whose mean confidence is below `minConfidence`, take the
 * label that most of the voxel pairs across their surface have on the other side, the lower value at a tie: a scrap of tumour
 * within oedema becomes oedema, not tissue.
 */
function dissolveLesions(labels: FoundLabels, lesion: number, minMl: number, minConfidence: number): void {
  const { data, affine, shape, confidence } = labels
  const components = connectedComponents(data, shape, [lesion], 26)
  const { ids, voxels } = components
  const voxelMl = voxelVolumeMl(affine)
  const sureness = new Float64Array(voxels.length)
  for (let at = 0; at < data.length; at++) sureness[ids[at]!]! += confidence[at]! / 255
  const goes = voxels.map((size, id) => id > 0 && (size * voxelMl < minMl || sureness[id]! < minConfidence * size))
  if (goes.includes(true)) {
    const around = tallySurroundings(labels, components, goes)
    const replacement = around.map((counts) => counts?.indexOf(Math.max(...counts)) ?? 0)
    for (let at = 0; at < data.length; at++) if (goes[ids[at]!]) data[at] = replacement[ids[at]!]!
  }
  release(ids)
}

/** For each wanted component, how often each label touches it from outside. */
function tallySurroundings(
  { data, shape: [nx, ny, nz] }: LabelVolume,
  { ids }: Components,
  wanted: readonly boolean[],
): (Uint32Array | null)[] {
  const tallies = wanted.map((isWanted) => (isWanted ? new Uint32Array(256) : null))
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, at++) {
        const id = ids[at]!
        const tally = tallies[id]
        if (!tally) continue
        for (let z = Math.max(0, k - 1); z <= Math.min(nz - 1, k + 1); z++) {
          for (let y = Math.max(0, j - 1); y <= Math.min(ny - 1, j + 1); y++) {
            for (let x = Math.max(0, i - 1); x <= Math.min(nx - 1, i + 1); x++) {
              const other = x + nx * (y + ny * z)
              if (ids[other] !== id) tally[data[other]!]!++
            }
          }
        }
      }
    }
  }
  return tallies
}
