/**
 * Lesions that hang together are of one disease. What is bright in a FLAIR around a tumour is its oedema; without a tumour it is no
 * oedema of one, however much the network, which sees a part of the head, may think so.
 */
import { componentRuns, releaseComponents } from '../labels/components.ts'
import type { LabelSet } from '../labels/label-set.ts'
import type { MassSpec } from '../model/postprocess-spec.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume } from '../volume/volume.ts'

/**
 * In place. In a piece (26-connected) of the three labels with at least `leastMl` of tumour, hyperintensities become oedema; in one with
 * less, tumour and oedema become hyperintensities. The labels are of the card (card.ts sees to that).
 * Memory: 16 bytes a run, 8 a piece.
 */
export function oneDisease(labels: LabelVolume, names: LabelSet, spec: MassSpec): void {
  const valueNamed = (name: string): number => names.find((label) => label.name === name)!.value
  const [tumour, oedema, otherwise] = [valueNamed(spec.tumour), valueNamed(spec.oedema), valueNamed(spec.otherwise)]
  const { data, shape, affine } = labels
  const runs = componentRuns(data, shape, [tumour, oedema, otherwise], 26)
  const { count, start, end, id, voxels } = runs
  const ofTumour = new Uint32Array(voxels.length)
  for (let run = 0; run < count; run++)
    for (let at = start[run]!; at < end[run]!; at++) if (data[at] === tumour) ofTumour[id[run]!]!++
  const least = spec.leastMl / voxelVolumeMl(affine)
  for (let run = 0; run < count; run++) {
    const isMass = ofTumour[id[run]!]! >= least
    for (let at = start[run]!; at < end[run]!; at++)
      data[at] = !isMass ? otherwise : data[at] === otherwise ? oedema : data[at]!
  }
  releaseComponents(runs)
  release(ofTumour)
}
