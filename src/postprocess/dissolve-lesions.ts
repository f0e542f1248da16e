/** Lesions that are too small or too doubtful to be called so. */
import { componentRuns, releaseComponents } from '../labels/components.ts'
import type { FoundLabels } from '../network/sliding-window.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import { release } from '../volume/release.ts'

/** What a component must have to be called a lesion. */
export interface LeastLesion {
  readonly ml: number
  /** Only voxels of which the network is at least this sure (0 … 1) count towards that; left out: all do. */
  readonly sureFrom?: number | undefined
  /** 0 … 1, on average over its voxels. */
  readonly confidence?: number | undefined
}

/**
 * In place. Components (26-connected) of one label that have less than that take the
 * label that most of the voxel pairs across their surface have on the other side, the lower value at a tie: a scrap of tumour
 * within oedema becomes oedema, not tissue.
 * @param noted as long as the labels: gets the value of what went
 * Memory: 16 bytes a run, 16 a component.
 */
export function dissolveLesions(labels: FoundLabels, lesion: number, least: LeastLesion, noted?: Uint8Array): void {
  const { data, affine, shape, confidence } = labels
  const runs = componentRuns(data, shape, [lesion], 26)
  const { count, start, end, id, voxels } = runs
  const voxelMl = voxelVolumeMl(affine)
  const sureness = new Float64Array(voxels.length)
  const sure = new Uint32Array(voxels.length)
  const [leastMean, sureFrom] = [255 * (least.confidence ?? 0), 255 * (least.sureFrom ?? 0)]
  for (let run = 0; run < count; run++) {
    const one = id[run]!
    for (let at = start[run]!; at < end[run]!; at++) {
      sureness[one]! += confidence[at]!
      if (confidence[at]! >= sureFrom) sure[one]!++
    }
  }
  // of each component its last run, of each run the one of its component before it; −1 where there is none
  const last = new Int32Array(voxels.length).fill(-1)
  const before = new Int32Array(count)
  for (let run = 0; run < count; run++) {
    before[run] = last[id[run]!]!
    last[id[run]!] = run
  }
  const around = new Uint32Array(256)
  for (let one = 1; one < voxels.length; one++) {
    if (sure[one]! * voxelMl >= least.ml && sureness[one]! >= leastMean * voxels[one]!) continue
    around.fill(0)
    for (let run = last[one]!; run >= 0; run = before[run]!) countAround(around, labels, lesion, start[run]!, end[run]!)
    // between two components of one label there is always a voxel of another: what is written here no other one sees
    const value = mostFrequent(around)
    for (let run = last[one]!; run >= 0; run = before[run]!) {
      data.fill(value, start[run], end[run])
      noted?.fill(lesion, start[run], end[run])
    }
  }
  releaseComponents(runs)
  for (const array of [sureness, sure, last, before]) release(array)
}

/** Counts the labels but `lesion` of the voxels that touch one of a run. */
function countAround(
  around: Uint32Array,
  { data, shape: [nx, ny, nz] }: FoundLabels,
  lesion: number,
  start: number,
  end: number,
): void {
  const row = Math.floor(start / nx)
  const [j, k] = [row % ny, Math.floor(row / ny)]
  const first = start - row * nx
  for (let z = Math.max(0, k - 1); z <= Math.min(nz - 1, k + 1); z++) {
    for (let y = Math.max(0, j - 1); y <= Math.min(ny - 1, j + 1); y++) {
      const from = nx * (y + ny * z)
      for (let i = first; i < first + end - start; i++) {
        for (let x = Math.max(0, i - 1); x <= Math.min(nx - 1, i + 1); x++) {
          const other = data[from + x]!
          if (other !== lesion) around[other]!++
        }
      }
    }
  }
}

/** The lower of equals. */
function mostFrequent(counts: Uint32Array): number {
  let value = 0
  for (let other = 1; other < counts.length; other++) if (counts[other]! > counts[value]!) value = other
  return value
}
