/**
 * Where fluid, grey and white matter lie in one scan, whatever its contrast: a small network that was trained on heads of
 * random contrast (docs/decisions/0033) and so goes by shape. It looks at the whole head at once, at 4 mm.
 */
import { expOfMinus } from '../measure/exp-of-minus.ts'
import type { Engine } from '../network/engine.ts'
import { preprocessAlone } from '../preprocess/preprocess.ts'
import { applyAffine } from '../volume/affine.ts'
import { minimum } from '../volume/minimum.ts'
import { type Grid, type Shape, type Volume, voxelCount } from '../volume/volume.ts'
import { FINDER } from './finder-network.ts'

const SEEN: Shape = FINDER.inference.patchVoxels
const CLASSES = FINDER.labels.length
const [OUTSIDE, CSF, GREY, WHITE] = (['outside', 'csf', 'grey', 'white'] as const).map((name) =>
  FINDER.labels.indexOf(name),
) as [number, number, number, number]

/** On the grid of the window: 4 mm, RAS order, its axes those of the scan. */
export interface SeenHead extends Grid {
  /** Intensities, normalised as the network sees them. */
  readonly values: Float32Array
}

export interface FoundTissue extends SeenHead {
  /** Share (0 … 1) of each voxel that is brain: its fluid, its tissue and what is ill of it. */
  readonly brain: Float32Array
  /** Shares of fluid, grey and white matter; the rest is no brain, or a lesion. */
  readonly csf: Float32Array
  readonly grey: Float32Array
  readonly white: Float32Array
}

/** The head as the network sees it: 4 mm, normalised. Faults: 'scan-constant'. */
export function seenHead(scan: Volume<'scan'>): SeenHead {
  return inWindow(preprocessAlone(scan, FINDER.preprocess, 'scan'))
}

export async function findTissue(head: SeenHead, finder: Engine): Promise<FoundTissue> {
  const [w, h, d] = head.shape
  return { ...head, ...sharesOf(await finder(head.values, [d, h, w]), head.values.length) }
}

/** The middle of the head, and of one that is too high, with its neck, the top; air around it. */
function inWindow({ data, shape: [nx, ny, nz], affine }: Volume<'model'>): SeenHead {
  const [w, h, d] = SEEN
  const first = [(nx - w) / 2, (ny - h) / 2, nz > d ? nz - d : (nz - d) / 2].map(Math.floor) as [number, number, number]
  const values = new Float32Array(voxelCount(SEEN)).fill(minimum(data))
  const [fromI, endI] = [Math.max(0, -first[0]), Math.min(w, nx - first[0])]
  for (let k = Math.max(0, -first[2]); k < Math.min(d, nz - first[2]); k++) {
    for (let j = Math.max(0, -first[1]); j < Math.min(h, ny - first[1]); j++) {
      const row = first[0] + nx * (j + first[1] + ny * (k + first[2]))
      values.set(data.subarray(row + fromI, row + endI), fromI + w * (j + h * k))
    }
  }
  const origin = applyAffine(affine, ...first)
  const placed = affine.map((value, at) => (at < 12 && at % 4 === 3 ? origin[(at - 3) / 4]! : value))
  return { shape: SEEN, affine: placed, values }
}

/** Logits [classes, voxels] → shares by their softmax. */
function sharesOf(logits: Float32Array, voxels: number): Pick<FoundTissue, 'brain' | 'csf' | 'grey' | 'white'> {
  const [brain, csf, grey, white] = [0, 1, 2, 3].map(() => new Float32Array(voxels)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const parts = new Float64Array(CLASSES)
  for (let at = 0; at < voxels; at++) {
    let most = logits[at]!
    for (let c = 1; c < CLASSES; c++) if (logits[c * voxels + at]! > most) most = logits[c * voxels + at]!
    let sum = 0
    for (let c = 0; c < CLASSES; c++) {
      parts[c] = expOfMinus(most - logits[c * voxels + at]!)
      sum += parts[c]!
    }
    brain[at] = 1 - parts[OUTSIDE]! / sum
    csf[at] = parts[CSF]! / sum
    grey[at] = parts[GREY]! / sum
    white[at] = parts[WHITE]! / sum
  }
  return { brain, csf, grey, white }
}
