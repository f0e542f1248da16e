/** The lesions of a map one by one: how large, where, how sure, and by which rule their places are told. */
import type { LabelSet } from '../labels/label-set.ts'
import { lesionValues } from '../labels/label-set.ts'
import { tissueValues } from '../labels/tissue.ts'
import { lesionConfidence } from '../measure/confidence.ts'
import { type Extent, lesionExtents } from '../measure/lesion-extent.ts'
import {
  type Landmarks,
  type LesionPlace,
  landmarksOf,
  lesionPlaces,
  PERIVENTRICULAR_MM,
} from '../measure/lesion-places.ts'
import { type Lesions, listLesions } from '../measure/size.ts'
import type { BrainValues } from '../measure/ventricles.ts'
import type { Assessed } from '../model/assessment.ts'
import type { Vector } from '../volume/affine.ts'
import { boxOfFilled, crop, cropLabels, widen } from '../volume/crop.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume } from '../volume/volume.ts'

/** A reader counts lesions; nobody reads a thousand, and a map of noise may hold a million. */
const MOST_LISTED = 1000

export interface LesionReport extends Extent, LesionPlace {
  readonly label: number
  readonly voxels: number
  readonly volumeMl: number
  /** RAS+ world. */
  readonly centroidMm: Vector
  /** Mean probability, 0 … 1, that the network gave to its choice there; null where no map of it was made. */
  readonly confidence: number | null
}

export interface PlacesReport {
  readonly rule: string
  readonly periventricularMm: number
  /** No label of ours tells the cerebellum and the brain stem from the rest. */
  readonly infratentorial: 'unknown'
  /** Present where the tissues that places are told by are known to be poor from these scans. */
  readonly reliability?: 'low'
}

const RULE =
  `periventricular: touches a ventricle or comes within ${PERIVENTRICULAR_MM} mm of one, between voxel centres; ` +
  'juxtacortical: touches cortex; deep: neither; the first that fits. Ventricles and cortex are told from other fluid and grey ' +
  'matter by where they lie. Lesions of the cerebellum and the brain stem are not told from others.'

interface Told {
  readonly assessed: Assessed
  readonly confidenceMap?: LabelVolume
}

interface ListedLesions {
  /** The lesions found, for each label. */
  readonly found: readonly Lesions[]
  readonly list: readonly LesionReport[]
  readonly places: PlacesReport | null
}

/** Largest first, at most a thousand. Everything is measured in the box around what is labelled. */
export function listedLesions(
  whole: LabelVolume,
  shown: readonly number[],
  { assessed, confidenceMap }: Told,
  labelSet: LabelSet,
): ListedLesions {
  const inside = boxOfFilled(whole.data, whole.shape)
  const values = brainValues(labelSet, assessed)
  const places = values === null ? null : placesReport(values, assessed)
  if (inside === null || shown.length === 0) return { found: [], list: [], places }
  // a voxel of air around it: where it ends is seen from the outside
  const box = widen(inside, [1, 1, 1], whole.shape)
  const labels = cropLabels(whole, box)
  let landmarks: Landmarks | null = null
  const confidence = confidenceMap && crop(confidenceMap.data, whole.shape, box)
  const found = shown.map((label) => {
    const { listOf, lesions } = listLesions(labels, [label], MOST_LISTED)
    const count = lesions.list.length
    const extents = lesionExtents(listOf, labels, count)
    const sure = confidence && lesionConfidence(listOf, confidence, count)
    if (values !== null && count > 0) landmarks ??= landmarksOf(labels, values)
    const where = landmarks && count > 0 ? lesionPlaces(labels, landmarks, listOf, count) : null
    release(listOf)
    const list = lesions.list.map(
      (lesion, n): LesionReport => ({
        label,
        ...lesion,
        ...extents[n]!,
        confidence: sure?.[n] ?? null,
        ...(where?.[n] ?? NOWHERE),
      }),
    )
    return { ...lesions, list }
  })
  const list = found
    .flatMap((ofLabel) => ofLabel.list)
    .sort((a, b) => b.volumeMl - a.volumeMl)
    .slice(0, MOST_LISTED)
  return { found, list, places }
}

const NOWHERE: LesionPlace = { place: null, toVentricleMm: null, toCortexMm: null }

/** Null where the map does not show all three tissues. */
export function brainValues(labelSet: LabelSet, { notAssessable }: Assessed): BrainValues | null {
  const { csf, grey, white } = tissueValues(labelSet)
  if (csf === undefined || grey === undefined || white === undefined) return null
  if ([csf, grey, white].some((value) => notAssessable.includes(value))) return null
  return { csf, grey, white, lesions: lesionValues(labelSet) }
}

function placesReport({ csf, grey, white }: BrainValues, { lowReliability }: Assessed): PlacesReport {
  const isPoor = [csf, grey, white].some((value) => lowReliability.includes(value))
  return {
    rule: RULE,
    periventricularMm: PERIVENTRICULAR_MM,
    infratentorial: 'unknown',
    ...(isPoor && { reliability: 'low' as const }),
  }
}
