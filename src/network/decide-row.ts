/** From the logits of a row of voxels to labels and how sure the network is of them. */
import { expOfMinus } from '../measure/exp-of-minus.ts'
import { ZONE } from '../preprocess/known-brain.ts'

/** What is known of each voxel once it is decided; all as long as the grid. */
export interface Decided {
  readonly labels: Uint8Array
  /** Softmax probability of that label, 0 … 255 for 0 … 1. */
  readonly confidence: Uint8Array
  /** Where the label is 0, the background: the same two if there were no such label; 0 elsewhere. */
  readonly inBrain?: { readonly labels: Uint8Array; readonly confidence: Uint8Array }
  /** That is asked of the brain alone (ZONE of known-brain.ts); absent: of all. */
  readonly zones?: Uint8Array | undefined
}

/** Logits of voxels that lie behind one another in a row. */
export interface LogitRow {
  readonly logits: Float32Array
  /** Where the logit of label 0 of the row's voxel 0 is; it need not be there, if `first` is later. */
  readonly at: number
  /** From the logit of one label to that of the next. */
  readonly stride: number
  /** Of each voxel: what its logits are to be divided by. */
  readonly weights: Float64Array
}

/** Writes voxels [first, end) of a row whose voxel 0 is number `voxel` of the grid. */
export type DecideRow = (row: LogitRow, found: Decided, voxel: number, first: number, end: number) => void

/**
 * Decides for the likeliest label, the lowest at a tie. Its probability is the softmax at the largest of the logits l = sum / weight,
 * 1 / Σ exp(l − l_largest).
 * @param logitShift added to the logit of each label; left out, nothing is
 */
export function rowDecider(labelCount: number, logitShift?: readonly number[]): DecideRow {
  if (logitShift !== undefined && logitShift.length !== labelCount)
    throw new Error(`the card shifts ${logitShift.length} logits; the model has ${labelCount} labels`)
  const shifts = Float64Array.from({ length: labelCount }, (_, label) => logitShift?.[label] ?? 0)

  return ({ logits, at, stride, weights }, { labels, confidence, inBrain, zones }, voxel, first, end) => {
    decide(logits, at, stride, weights, shifts, 0, labels, confidence, voxel, first, end, null, undefined)
    if (!inBrain) return
    const { labels: other, confidence: sure } = inBrain
    decide(logits, at, stride, weights, shifts, 1, other, sure, voxel, first, end, labels, zones)
  }
}

/**
 * Labels from `least` on. A function of the module, and of arrays alone: what the engine learns of it while it runs is kept from one head
 * to the next, while the kind of an object that none is left of is forgotten, and all that was compiled for it.
 * @param called only voxels that are 0 here, and brain in `zones`
 */
function decide(
  logits: Float32Array,
  at: number,
  stride: number,
  weights: Float64Array,
  shifts: Float64Array,
  least: number,
  labels: Uint8Array,
  confidence: Uint8Array,
  voxel: number,
  first: number,
  last: number,
  called: Uint8Array | null,
  zones: Uint8Array | undefined,
): void {
  const sureMargin = sureMarginTo(shifts.length - least - 1)
  const beyond = shifts.length * stride
  for (let x = first; x < last; x++) {
    if (called !== null && called[voxel + x] !== 0) continue
    if (zones !== undefined && zones[voxel + x] !== ZONE.brain) continue
    const weight = weights[x]!
    const start = at + x + least * stride
    const end = at + x + beyond
    let best = least
    let most = logits[start]! + weight * shifts[least]!
    let next = Number.NEGATIVE_INFINITY
    for (let own = start + stride, label = least + 1; own < end; own += stride, label++) {
      const sum = logits[own]! + weight * shifts[label]!
      if (sum > most) {
        next = most
        most = sum
        best = label
      } else if (sum > next) next = sum
    }
    labels[voxel + x] = best
    if (most - next > weight * sureMargin) {
      confidence[voxel + x] = 255
      continue
    }
    let total = 0
    const unit = 1 / weight
    for (let own = start, label = least; own < end; own += stride, label++)
      total += expOfMinus((most - logits[own]!) * unit - shifts[label]!)
    confidence[voxel + x] = (255 / total + 0.5) | 0
  }
}

/**
 * How far a logit must be ahead of `others` more to be 255 of 255: where their share, at most others · exp(−margin), is below
 * 1/509, 1 / (1 + share) > 254.5 / 255.
 */
function sureMarginTo(others: number): number {
  return Math.log(509 * others)
}
