/**
 * What a person should know about a label map: that there is no brain in it, that the brain is cut off, that the tissues
 * are not as bright as this kind of scan makes them, that there is more lesion than the model has ever seen, that two scans
 * do not lie on each other.
 */
import { lesionValues } from '../labels/label-set.ts'
import { tissueValues } from '../labels/tissue.ts'
import type { Pipeline } from '../model/card.ts'
import type { NetworkInput } from '../network/patch-reader.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import type { LabelVolume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import { edgeWarnings } from './edge-warnings.ts'
import { type LabelMeans, labelMeans } from './label-means.ts'
import { misalignmentWarnings } from './misalignment.ts'
import { plausibilityWarnings } from './plausibility.ts'

/** A newborn's brain has about 350 mL. */
const LEAST_BRAIN_ML = 300
/** White and grey matter each make a third to a half of the labelled volume in children and adults alike. */
const LEAST_TISSUE_SHARE = 0.1
/** In standard deviations of the foreground; tissues of real scans lie 0.3 and more apart. */
const LEAST_CONTRAST = 0.1
/** A mean over less is a mean over its edge. */
const LEAST_MEAN_ML = 1
/** Brighter first. What is not listed (another sequence) is not judged. */
const CONTRAST: Readonly<Record<string, readonly (readonly [Part, Part])[]>> = {
  t1: [
    ['white', 'grey'],
    ['grey', 'csf'],
  ],
  flair: [
    ['white', 'csf'],
    ['grey', 'csf'],
    ['lesion', 'white'],
  ],
}
type Part = 'csf' | 'grey' | 'white' | 'lesion'
const NAME: Readonly<Record<Part, string>> = {
  csf: 'CSF',
  grey: 'grey matter',
  white: 'white matter',
  lesion: 'lesion',
}
export interface Result {
  readonly input: NetworkInput
  /** On the model grid. */
  readonly found: LabelVolume
  /** On the scan's grid. */
  readonly labels: LabelVolume
}

/** The warnings of a result. Where the map has no brain, nothing else is said. */
export function resultWarnings({ input, found, labels }: Result, card: Pipeline): Warning[] {
  const voxelMl = voxelVolumeMl(found.affine)
  const channels = card.channels.flatMap(({ name }, c) => {
    const channel = input.channels[c]
    return channel ? [{ name, means: labelMeans(channel.data, found.data, card.labels.length) }] : []
  })
  const voxels = channels[0]!.means.voxels
  const labelledMl = voxelMl * voxels.slice(1).reduce((sum, count) => sum + count, 0)
  if (labelledMl < LEAST_BRAIN_ML) {
    const message = `no brain was found: ${labelledMl.toFixed(0)} mL are labelled; a brain has ${LEAST_BRAIN_ML} mL and more`
    return [{ code: 'no-brain', message }]
  }
  return [
    ...plausibilityWarnings(found),
    ...shareWarnings(voxels, card),
    ...channels.flatMap(({ name, means }) => contrastWarnings(name, means, voxelMl, card)),
    ...loadWarnings(voxels, voxelMl, card),
    ...edgeWarnings(labels),
    ...misalignmentWarnings(
      input,
      found,
      card.channels.map(({ name }) => name),
    ),
  ]
}

/** @param voxels by label value */
function shareWarnings(voxels: readonly number[], { labels }: Pipeline): Warning[] {
  const tissue = tissueValues(labels)
  const all = voxels.slice(1).reduce((sum, count) => sum + count, 0)
  return (['grey', 'white'] as const).flatMap((part): Warning[] => {
    const value = tissue[part]
    if (value === undefined || voxels[value]! >= LEAST_TISSUE_SHARE * all) return []
    const share = `${((100 * voxels[value]!) / all).toFixed(0)} %`
    const message = `${NAME[part]} makes ${share} of what is labelled; in a brain it makes ${100 * LEAST_TISSUE_SHARE} % and more`
    return [{ code: 'tissue-shares', message }]
  })
}

/** Whether the labels that were found are as bright, one against the other, as the channel's sequence makes them. */
export function contrastWarnings(
  channel: string,
  { voxels, means }: LabelMeans,
  voxelMl: number,
  { labels }: Pick<Pipeline, 'labels'>,
): Warning[] {
  const lesions = lesionValues(labels)
  const tissue = tissueValues(labels)
  const valuesOf = (part: Part): readonly number[] => {
    if (part === 'lesion') return lesions
    return tissue[part] === undefined ? [] : [tissue[part]]
  }
  /** Mean intensity of a part, or undefined where there is too little of it. */
  const brightness = (part: Part): number | undefined => {
    const values = valuesOf(part)
    const count = values.reduce((sum, value) => sum + voxels[value]!, 0)
    if (count === 0 || count * voxelMl < LEAST_MEAN_ML) return undefined
    return values.reduce((sum, value) => sum + (voxels[value]! > 0 ? means[value]! * voxels[value]! : 0), 0) / count
  }
  const wrong = (CONTRAST[channel] ?? []).filter(([brighter, darker]) => {
    const [above, below] = [brightness(brighter), brightness(darker)]
    return above !== undefined && below !== undefined && above - below < LEAST_CONTRAST
  })
  if (wrong.length === 0) return []
  const found = wrong.map(([brighter, darker]) => `${NAME[brighter]} is not brighter than ${NAME[darker]}`).join(', ')
  const message = `channel ${channel}: ${found}; is it another sequence, or no magnetic resonance at all?`
  return [{ code: 'contrast-order', message }]
}

function loadWarnings(voxels: readonly number[], voxelMl: number, { labels, trainedRange }: Pipeline): Warning[] {
  if (trainedRange === undefined) return []
  const [least, most] = trainedRange.lesionMl
  const loadMl = labels.reduce((sum, { kind, value }) => sum + (kind === 'lesion' ? voxels[value]! * voxelMl : 0), 0)
  if (loadMl >= least && loadMl <= most) return []
  const message = `${loadMl.toFixed(1)} mL of lesion; the model was trained on ${least} to ${most} mL`
  return [{ code: 'lesion-load', message }]
}
