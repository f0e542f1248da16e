/** What the card asks to be done with a label map on the model grid before it goes back to the scan's. */
import { componentRuns, largestComponent, releaseComponents } from '../labels/components.ts'
import { lesionValues } from '../labels/label-set.ts'
import { setOutside } from '../labels/outside.ts'
import { tissueValues } from '../labels/tissue.ts'
import { labelledMl } from '../measure/size.ts'
import type { Card } from '../model/card.ts'
import type { FoundLabels } from '../network/sliding-window.ts'
import type { Prepared } from '../preprocess/preprocess.ts'
import { boxOfFilled, crop, cropGrid, paste, widen } from '../volume/crop.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume } from '../volume/volume.ts'
import { dissolveLesions } from './dissolve-lesions.ts'
import { keepBrain } from './keep-brain.ts'
import { oneDisease } from './one-disease.ts'
import { type ShownScans, shiftBorders, shownBorders } from './shift-borders.ts'

/** A scan of which this share of the foreground was labelled shows a brain and nothing else: it was skull-stripped. */
const STRIPPED_SHARE = 0.8

export type PostprocessCard = Pick<Card, 'channels' | 'labels' | 'postprocess'>

/**
 * A new label map; first go labels that the scans cannot show, then what lies where there is no signal, then what is far from
 * the brain, then what is too small or too doubtful to be called a lesion; borders go where the scans show them, and what is left
 * of lesions is of one disease.
 * @param notAssessable values of labels that become what surrounds them (model/assessment.ts)
 * @param doubtful as long as the labels, zeros: gets the values of lesions that went for being too small or too doubtful
 */
export function postprocess(
  found: FoundLabels,
  card: PostprocessCard,
  input: Pick<Prepared, 'foregroundMl' | 'silent'> & ShownScans,
  notAssessable: readonly number[] = [],
  doubtful?: Uint8Array,
): LabelVolume {
  const { labels, postprocess: spec } = card
  const { foregroundMl, silent } = input
  const data = found.data.slice()
  // nothing that follows sees beyond the labelled voxels and those next to them, but what is silent, which is asked of all
  const labelled = boxOfFilled(data, found.shape)
  if (labelled === null) return { ...found, data }
  const box = widen(labelled, [1, 1, 1], found.shape)
  const grid = cropGrid(found, box)
  // of what fills the volume no copy is made
  const isWhole = grid.shape.every((size, axis) => size === found.shape[axis])
  const cut = (whole: Uint8Array): Uint8Array => (isWhole ? whole : crop(whole, found.shape, box))
  const part = { ...grid, data: cut(data), confidence: cut(found.confidence) }
  const dissolveUnshown = (): void => {
    for (const value of notAssessable) dissolveLesions(part, value, { ml: Number.POSITIVE_INFINITY })
  }
  dissolveUnshown()
  if (spec.silenceIsBackground) {
    if (!isWhole) paste(data, found.shape, box, part.data)
    setOutside(data, 0, silent, found.shape, 1)
    if (!isWhole) part.data.set(cut(data))
  }
  const lesions = lesionValues(labels)
  if (spec.keepLargestComponent) {
    const labelled = labels.filter(({ kind }) => kind !== 'background').map(({ value }) => value)
    keepLargest(part, labelled)
  }
  // of a skull-stripped brain only thin gyri would go
  if (spec.keepBrain && labelledMl(found) < STRIPPED_SHARE * foregroundMl) {
    const fluid = tissueValues(labels).csf
    const solid = labels.filter(({ kind, value }) => kind !== 'background' && value !== fluid).map((l) => l.value)
    keepBrain(part, { solid, fluid: fluid === undefined ? [] : [fluid], lesions }, spec.keepBrain)
  }
  const borders = shownBorders(part, card, input, { box, shape: found.shape })
  const isLesion = (label: number): boolean => lesions.includes(label)
  shiftBorders(part, borders, isLesion)
  const least = { ml: spec.minLesionMl, sureFrom: spec.sureLesionVoxel, confidence: spec.minLesionConfidence }
  if (spec.minLesionMl > 0 || spec.minLesionConfidence) {
    const noted = doubtful && cut(doubtful)
    for (const lesion of lesions) dissolveLesions(part, lesion, least, noted)
    if (noted && !isWhole) paste(doubtful, found.shape, box, noted)
  }
  // not before: what lesions gain is nothing that the network was sure of
  shiftBorders(part, borders, (label) => !isLesion(label))
  if (spec.mass) {
    oneDisease(part, labels, spec.mass)
    dissolveUnshown()
  }
  if (!isWhole) {
    paste(data, found.shape, box, part.data)
    for (const array of [part.data, part.confidence]) release(array)
  }
  return { ...found, data }
}

/** In place. Joined by faces only, so that a thread of voxels through the skull does not hold the scalp to the brain. */
function keepLargest({ data, shape }: LabelVolume, values: readonly number[]): void {
  const runs = componentRuns(data, shape, values, 6)
  const { count, start, end, id } = runs
  const largest = largestComponent(runs)
  for (let run = 0; run < count; run++) if (id[run] !== largest) data.fill(0, start[run], end[run])
  releaseComponents(runs)
}
