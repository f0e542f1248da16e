/**
 * The labels of a head on the model grid: the network in patches, and what the card asks to be done with what it found. Where
 * somebody knows about where the brain is (quality/brain-box.ts) the patches stand around it; but what is known so coarsely may
 * be wrong, and a brain that comes near the end of what the patches saw, or is not there, is looked for once more in the whole
 * head.
 */
import type { Pipeline } from '../model/card.ts'
import type { Engine } from '../network/engine.ts'
import { latticeOf } from '../network/lattice.ts'
import { type FoundLabels, type SlidingWindowOptions, slidingWindow } from '../network/sliding-window.ts'
import { fillBrain } from '../postprocess/fill-brain.ts'
import { postprocess } from '../postprocess/postprocess.ts'
import type { Prepared } from '../preprocess/preprocess.ts'
import { spacingMm } from '../volume/affine.ts'
import { type Box, boxAbove } from '../volume/crop.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume } from '../volume/volume.ts'

/** The network has seen little around a label this near to the end of its patches, and likely the brain goes on there. */
const NEAR_MM = 4

export interface FindLabelsOptions extends Pick<SlidingWindowOptions, 'signal' | 'onPatch'> {
  /** Where the brain is, as far as anybody knows; absent: it may be anywhere. */
  readonly brain?: Box | undefined
  /** Values of labels that the scans cannot show. */
  readonly notAssessable: readonly number[]
  /** After the last patch, once for each time that the network looks. */
  readonly onFound?: () => void
}

export interface LabelledHead {
  /** As the network says. */
  readonly found: FoundLabels
  readonly cleaned: LabelVolume
  readonly inferMs: number
  readonly postprocessMs: number
}

/** Faults: 'cancelled'. */
export async function findLabels(
  prepared: Prepared,
  card: Pipeline,
  engine: Engine,
  { brain, notAssessable, onFound, ...options }: FindLabelsOptions,
): Promise<LabelledHead> {
  const startedMs = performance.now()
  const found = await slidingWindow(prepared, card.inference, card.labels.length, engine, {
    inBrain: card.postprocess.silenceIsBackground === true && prepared.silent.includes(1),
    ...(brain && { within: brain }),
    ...options,
  })
  const foundMs = performance.now()
  onFound?.()
  fillBrain(found, prepared.silent)
  if (found.inBrain) for (const { buffer } of Object.values(found.inBrain)) release({ buffer })
  const cleaned = postprocess(found, card, prepared, notAssessable)
  const [inferMs, postprocessMs] = [foundMs - startedMs, performance.now() - foundMs]
  if (brain === undefined || endsWithin(cleaned, latticeOf(prepared, card.inference, brain).seen)) {
    return { found, cleaned, inferMs, postprocessMs }
  }
  for (const bytes of [found.data, found.confidence, cleaned.data]) release(bytes)
  const whole = await findLabels(prepared, card, engine, { notAssessable, ...(onFound && { onFound }), ...options })
  return { ...whole, inferMs: inferMs + whole.inferMs, postprocessMs: postprocessMs + whole.postprocessMs }
}

/** Whether all of the grid was seen, or there are labels and none near an end of `seen` that is not one of the grid. */
function endsWithin({ data, shape, affine }: LabelVolume, seen: Box): boolean {
  if (seen.start.every((at) => at === 0) && seen.end.every((at, axis) => at === shape[axis])) return true
  const labelled = boxAbove(data, shape, 0)
  if (labelled === null) return false
  const spacing = spacingMm(affine)
  return ([0, 1, 2] as const).every((axis) => {
    const near = NEAR_MM / spacing[axis]
    const startsWithin = seen.start[axis] === 0 || labelled.start[axis] - seen.start[axis] >= near
    return startsWithin && (seen.end[axis] === shape[axis] || seen.end[axis] - labelled.end[axis] >= near)
  })
}
