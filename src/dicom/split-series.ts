/**
 * A series may hold several acquisitions of the same places: echoes, magnitude and phase, time points. Where one attribute, or all
 * of them together, tells them apart so that each part has every place once, they are parts of their own; otherwise the series is
 * refused, because which images belong together would be a guess.
 */
import { FaultError } from '../errors.ts'
import { type Plane, SPLIT_KEYS, type SplitKey } from './plane.ts'
import { isSamePlace, normalOf } from './series-geometry.ts'

export interface SeriesPart {
  /** By what it was told from the others, and the value it has there; empty where the series is one acquisition. */
  readonly by: Readonly<Partial<Record<SplitKey, string>>>
  readonly planes: readonly Plane[]
}

/** Faults: dicom-duplicate-position, dicom-several-acquisitions. */
export function splitSeries(planes: readonly Plane[]): readonly SeriesPart[] {
  const times = timesAPlace(planes)
  const most = Math.max(...times)
  if (most === 1) return [{ by: {}, planes }]
  const varying = SPLIT_KEYS.filter((key) => new Set(planes.map((plane) => plane.keys[key])).size > 1)
  for (const keys of [...varying.map((key) => [key]), varying]) {
    const parts = partsBy(planes, keys)
    if (parts.length > 1 && areWhole(parts)) return parts
  }
  const least = Math.min(...times)
  if (least === most)
    throw new FaultError(
      'dicom-several-acquisitions',
      `each of ${times.length} places has ${most} images, and neither ${SPLIT_KEYS.join(', ')} nor all of them together tells one volume from the other; send one acquisition alone`,
    )
  throw new FaultError(
    'dicom-duplicate-position',
    `of ${times.length} places some have ${least} images and others ${most}; each place is allowed once in a volume`,
  )
}

function partsBy(planes: readonly Plane[], keys: readonly SplitKey[]): readonly SeriesPart[] {
  const groups = Map.groupBy(planes, ({ keys: own }) => JSON.stringify(keys.map((key) => own[key] ?? '')))
  return [...groups.values()].map((group) => ({
    by: Object.fromEntries(keys.map((key) => [key, group[0]!.keys[key] ?? ''])),
    planes: group,
  }))
}

/** Each place once, and as many places in each part. */
function areWhole(parts: readonly SeriesPart[]): boolean {
  const [first] = parts
  return parts.every(
    ({ planes }) => planes.length === first!.planes.length && timesAPlace(planes).every((times) => times === 1),
  )
}

/** How many planes lie at each place. */
function timesAPlace(planes: readonly Plane[]): readonly number[] {
  const normal = normalOf(planes[0]!)
  const along = ({ positionLpsMm: p }: Plane): number => p[0] * normal[0] + p[1] * normal[1] + p[2] * normal[2]
  const sorted = planes.map((plane) => ({ plane, mm: along(plane) })).sort((a, b) => a.mm - b.mm)
  const times: number[] = []
  let first: Plane | undefined
  for (const { plane } of sorted) {
    if (first !== undefined && isSamePlace(plane, first)) times[times.length - 1]!++
    else {
      times.push(1)
      first = plane
    }
  }
  return times
}
