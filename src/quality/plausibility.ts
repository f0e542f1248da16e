/**
 * Whether what was labelled can be a brain as a whole. The limits lie beyond any brain of any age, healthy or not, so that what
 * breaks one is no brain, or a brain and a neck; what keeps them all may still be wrong.
 */
import type { LabelVolume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import { type BrainShape, brainShape } from './brain-shape.ts'

/**
 * Men's intracranial volume is 1538 ± 137 mL (46 men of all ages, PMC10511609): this is six standard deviations above.
 * In the maps of docs/inputs.md 1050 to 2050 mL (the most in a template), in truths of synthetic heads up to 2197.
 */
const MOST_ML = 2400
/** Along R, A, S. In these maps up to 156, 184 and 160, in the synthetic heads 176, 200 and 172; a turned head has more. */
const MOST_EXTENT_MM = [185, 215, 190] as const
const EXTENT = ['from left to right', 'from back to front', 'from top to bottom'] as const
/** The brain stem is the lowest part, and thin: at most 3 mL of these maps lie there, 49 of the synthetic heads. */
const NECK = { depthMm: 150, mostMl: 100 } as const
/** At most 12 mL in these maps, 37 in the synthetic heads; cavities of surgery may be labelled background. */
const MOST_HOLES_ML = 120
/** 0.84 and more in these maps, 0.75 in the synthetic heads. A slab is no ball either: judged where no extent is that of one. */
const LEAST_SPHERICITY = 0.7
const LEAST_EXTENT_MM = 90
/** 0.91 and more in these maps, 0.84 in the synthetic heads; a turned head has less. */
const LEAST_MIRRORED = 0.7
/** 0.99 and more in these maps. */
const LEAST_PIECE = 0.75

/** @param found on the model grid; at most one warning, which lists everything that is beyond a brain */
export function plausibilityWarnings(found: LabelVolume): Warning[] {
  const shape = brainShape(found)
  const beyond = shape === undefined ? [] : beyondAnyBrain(shape)
  return beyond.length === 0 ? [] : [{ code: 'implausible', message: `no brain is like this: ${beyond.join('; ')}` }]
}

/** In words, each with what was found and what a brain has. Exported for its test. */
export function beyondAnyBrain(shape: BrainShape): string[] {
  const { labelledMl, extentMm, holesMl, sphericity, mirroredShare, pieceShare } = shape
  const neckMl = shape.belowMl(NECK.depthMm)
  const isSlab = Math.min(...extentMm) < LEAST_EXTENT_MM
  const percent = (share: number): string => `${Math.round(100 * share)} %`
  return [
    labelledMl > MOST_ML && `${labelledMl.toFixed(0)} mL are labelled (at most ${MOST_ML})`,
    ...extentMm.map(
      (mm, axis) =>
        mm > MOST_EXTENT_MM[axis]! && `${mm.toFixed(0)} mm ${EXTENT[axis]!} (at most ${MOST_EXTENT_MM[axis]!})`,
    ),
    neckMl > NECK.mostMl &&
      `${neckMl.toFixed(0)} mL lie more than ${NECK.depthMm} mm below its top, as a neck does (at most ${NECK.mostMl})`,
    holesMl > MOST_HOLES_ML && `${holesMl.toFixed(0)} mL of holes (at most ${MOST_HOLES_ML})`,
    !isSlab &&
      sphericity < LEAST_SPHERICITY &&
      `its surface is too jagged (sphericity ${sphericity.toFixed(2)}, at least ${LEAST_SPHERICITY})`,
    mirroredShare < LEAST_MIRRORED &&
      `left and right share ${percent(mirroredShare)} (at least ${percent(LEAST_MIRRORED)})`,
    pieceShare < LEAST_PIECE && `the largest piece has ${percent(pieceShare)} of it (at least ${percent(LEAST_PIECE)})`,
  ].filter((seen) => seen !== false)
}
