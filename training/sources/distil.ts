/**
 * Labels for a scan that a model gave from more than that scan: what it sees in T1 and FLAIR together, it is to see in the FLAIR
 * alone. Only what it was sure of is stated; where a person drew the lesions, they are as drawn.
 */
import { componentRuns } from '../../src/labels/components.ts'
import { spread } from '../../src/postprocess/spread.ts'
import { voxelVolumeMl } from '../../src/volume/affine.ts'
import type { LabelVolume } from '../../src/volume/volume.ts'
import { BACKGROUND, LESION } from '../method/label-sets.ts'
import { NO_LESION, UNSURE } from './datasets/distilled.ts'

/** Least probability of a voxel's label, of a lesion's, and on average of all of a lesion. */
const SURE = { tissue: 0.6, lesion: 0.75, wholeLesion: 0.72 } as const
/** Smaller ones are too often none. */
const LEAST_LESION_ML = 0.1

/** What a model gave, all on one grid: its labels as class numbers (label-sets.ts), and its probability, 0 … 255 for 0 … 1. */
export interface Given {
  readonly classes: LabelVolume
  readonly confidence: Uint8Array
}

/**
 * @param drawn 1 where a person drew a lesion, on the same grid; null: nobody did
 * @returns class numbers, UNSURE, and NO_LESION where the lesions are drawn and nothing else is known
 */
export function distilled({ classes, confidence }: Given, drawn: Uint8Array | null): LabelVolume {
  const { data, shape } = classes
  const isBelow = (at: number, share: number) => confidence[at]! < 255 * share
  const out = data.map((label, at) => (label !== BACKGROUND && isBelow(at, SURE.tissue) ? UNSURE : label))
  // what touches a lesion may be its rim
  const near = Uint8Array.from(data, (label) => (label === LESION ? 1 : 0))
  spread(near, shape, 1, new Uint8Array(near.length).fill(1))
  for (let at = 0; at < out.length; at++) if (near[at] === 1 && isBelow(at, SURE.lesion)) out[at] = UNSURE
  doubtLesions(out, { classes, confidence })
  if (drawn === null) return { ...classes, data: out }
  for (let at = 0; at < out.length; at++) {
    if (drawn[at] === 1) out[at] = LESION
    else if (out[at] === UNSURE || data[at] === LESION) out[at] = NO_LESION
  }
  return { ...classes, data: out }
}

/** Lesions that are small, or of which the model was not sure as a whole. */
function doubtLesions(out: Uint8Array, { classes: { data, shape, affine }, confidence }: Given): void {
  const runs = componentRuns(data, shape, [LESION], 6)
  const sums = new Float64Array(runs.voxels.length)
  for (let run = 0; run < runs.count; run++)
    for (let at = runs.start[run]!; at < runs.end[run]!; at++) sums[runs.id[run]!]! += confidence[at]!
  for (let run = 0; run < runs.count; run++) {
    const voxels = runs.voxels[runs.id[run]!]!
    const isSmall = voxels * voxelVolumeMl(affine) < LEAST_LESION_ML
    if (isSmall || sums[runs.id[run]!]! < 255 * SURE.wholeLesion * voxels)
      out.fill(UNSURE, runs.start[run], runs.end[run])
  }
}
