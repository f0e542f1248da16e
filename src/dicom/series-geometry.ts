/**
 * Planes of one acquisition → one grid: sorted by position along the normal, with the affine that the positions and directions
 * give (PS3.3 C.7.6.2.1.1), or a refusal that says both numbers. Nothing is averaged away: a missing slice is a refusal.
 * Planes are stated in LPS+ mm, the affine is RAS+ mm.
 */
import { FaultError } from '../errors.ts'
import type { Affine, Shape } from '../volume/volume.ts'
import type { Plane } from './plane.ts'
import { gridOf } from './source-grid.ts'
import type { Lps } from './source-series.ts'

export interface SeriesGeometry {
  /** In the order of k. */
  readonly planes: readonly Plane[]
  /** Columns, rows, slices. */
  readonly shape: Shape
  readonly affine: Affine
  readonly sliceSpacingMm: number
}

/** How far a direction cosine may differ: 0.1 mm at the rim of a head. */
const SAME_DIRECTION = 1e-3
/** The share by which pixel spacing may differ. */
const SAME_SPACING = 1e-3
/** A step is uneven where it differs by more than both. */
const STEP_SHARE = 0.01
const STEP_MM = 0.05
/** How far a slice may lie beside its place on the even line, as a share of the spacing: small steps must not add up. */
const DRIFT_SHARE = 0.25
/** Shift within the plane for each mm along the normal: 0.57 degrees. */
const TILT = 0.01
/** Two planes at one place: positions are written with three decimals or more. */
const SAME_PLACE_MM = 0.01
/** Voxels of an MRI of a head lie between micro-imaging and thick slices. */
const SPACING_MM = { min: 0.05, max: 20 }

/**
 * Faults: dicom-mixed-sizes, dicom-mixed-orientation, dicom-mixed-units, dicom-single-slice, dicom-duplicate-position,
 * dicom-missing-slice, dicom-uneven-spacing, dicom-tilt, dicom-header.
 */
export function seriesGeometry(unsorted: readonly Plane[]): SeriesGeometry {
  const [first] = unsorted
  if (first === undefined) throw new Error('a series without planes')
  checkAlike(unsorted, first)
  if (unsorted.length < 2)
    throw new FaultError('dicom-single-slice', 'the series has 1 slice; a volume has at least 2: send the whole series')
  const normal = normalOf(first)
  const along = (plane: Plane): number => dot(plane.positionLpsMm, normal)
  const planes = [...unsorted].sort((a, b) => along(a) - along(b))
  const places = planes.map(along)
  const steps = places.slice(1).map((place, n) => place - places[n]!)
  checkPlaces(steps)
  const count = planes.length
  const [from, to] = [planes[0]!.positionLpsMm, planes[count - 1]!.positionLpsMm]
  const step = minus(to, from).map((mm) => mm / (count - 1)) as unknown as Lps
  const sliceSpacingMm = dot(step, normal)
  checkLine(planes, step, sliceSpacingMm, normal)
  checkSteps(steps, sliceSpacingMm, places)
  const { orientation: orientationLps, pixelSpacingMm } = first
  const [betweenRows, betweenColumns] = pixelSpacingMm
  for (const mm of [betweenRows, betweenColumns, sliceSpacingMm])
    if (mm < SPACING_MM.min || mm > SPACING_MM.max)
      throw new FaultError(
        'dicom-header',
        `voxels are ${betweenColumns} × ${betweenRows} × ${sliceSpacingMm.toFixed(3)} mm; allowed: ${SPACING_MM.min} to ${SPACING_MM.max} mm`,
      )
  const shape: Shape = [first.columns, first.rows, count]
  const { affine } = gridOf({ shape, orientationLps, pixelSpacingMm, sliceSpacingMm, slices: planes })
  return { planes, shape, affine, sliceSpacingMm }
}

/** Row × column: the side to which k grows, so that i, j, k are right-handed in LPS+. */
export function normalOf({ orientation: [a, b, c, d, e, f] }: Plane): Lps {
  const cross = [b * f - c * e, c * d - a * f, a * e - b * d] as const
  const length = Math.hypot(...cross)
  return [cross[0] / length, cross[1] / length, cross[2] / length]
}

/** Whether two planes lie at one place, within what positions are rounded to. */
export function isSamePlace(a: Plane, b: Plane): boolean {
  return Math.hypot(...minus(a.positionLpsMm, b.positionLpsMm)) <= SAME_PLACE_MM
}

function checkAlike(planes: readonly Plane[], first: Plane): void {
  for (const plane of planes) {
    if (plane.rows !== first.rows || plane.columns !== first.columns)
      throw new FaultError(
        'dicom-mixed-sizes',
        `images are ${first.columns} × ${first.rows} and ${plane.columns} × ${plane.rows}; one size is allowed in a series`,
      )
    const turn = Math.max(...plane.orientation.map((cosine, n) => Math.abs(cosine - first.orientation[n]!)))
    if (turn > SAME_DIRECTION)
      throw new FaultError(
        'dicom-mixed-orientation',
        `images of the series are turned against each other: a direction cosine differs by ${turn.toFixed(4)}; at most ${SAME_DIRECTION} is allowed`,
      )
    const spacing = plane.pixelSpacingMm.map((mm, n) => Math.abs(mm / first.pixelSpacingMm[n]! - 1))
    if (Math.max(...spacing) > SAME_SPACING)
      throw new FaultError(
        'dicom-mixed-sizes',
        `pixels are ${first.pixelSpacingMm.join(' × ')} and ${plane.pixelSpacingMm.join(' × ')} mm; one spacing is allowed in a series`,
      )
    if (plane.rescale?.unit !== first.rescale?.unit)
      throw new FaultError(
        'dicom-mixed-units',
        'values of some images are rescaled into another unit than those of others, or not at all; one unit is allowed in a series',
      )
  }
}

function checkPlaces(steps: readonly number[]): void {
  const same = steps.filter((step) => step <= SAME_PLACE_MM).length
  if (same === 0) return
  throw new FaultError(
    'dicom-duplicate-position',
    `${same} of ${steps.length + 1} slices lie where another one lies (within ${SAME_PLACE_MM} mm); each place is allowed once`,
  )
}

function checkLine(planes: readonly Plane[], step: Lps, spacing: number, normal: Lps): void {
  const tilt = Math.hypot(...across(step, normal)) / spacing
  if (tilt > TILT)
    throw new FaultError(
      'dicom-tilt',
      `each slice is shifted by ${tilt.toFixed(3)} mm within its plane for each mm along the normal (a tilted gantry); at most ${TILT} is allowed (dcm2niix resamples such a series)`,
    )
  const from = planes[0]!.positionLpsMm
  for (const [k, plane] of planes.entries()) {
    const place = from.map((mm, axis) => mm + k * step[axis]!) as unknown as Lps
    const shift = Math.hypot(...across(minus(plane.positionLpsMm, place), normal))
    if (shift > DRIFT_SHARE * spacing)
      throw new FaultError(
        'dicom-tilt',
        `slice ${k + 1} of ${planes.length} is shifted by ${shift.toFixed(2)} mm within its plane against the line of the others; at most ${(DRIFT_SHARE * spacing).toFixed(2)} mm is allowed`,
      )
  }
}

function checkSteps(steps: readonly number[], spacing: number, places: readonly number[]): void {
  const median = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)]!
  const isOff = (step: number, of: number): boolean =>
    Math.abs(step - of) > STEP_MM && Math.abs(step - of) > STEP_SHARE * of
  const at = steps.findIndex((step) => isOff(step, median))
  if (at >= 0) {
    const times = Math.round(steps[at]! / median)
    const numbersOf = `slices are ${median.toFixed(3)} mm apart but the step after slice ${at + 1} of ${places.length} is ${steps[at]!.toFixed(3)} mm`
    if (times >= 2 && !isOff(steps[at]! / times, median))
      throw new FaultError(
        'dicom-missing-slice',
        `${numbersOf}: ${times - 1} ${times === 2 ? 'slice is' : 'slices are'} missing; send the whole series`,
      )
    throw new FaultError(
      'dicom-uneven-spacing',
      `${numbersOf}; it may differ by ${STEP_MM} mm or ${100 * STEP_SHARE} %, whichever is more`,
    )
  }
  const drift = Math.max(...places.map((place, k) => Math.abs(place - places[0]! - k * spacing)))
  if (drift > DRIFT_SHARE * spacing)
    throw new FaultError(
      'dicom-uneven-spacing',
      `the steps add up to ${drift.toFixed(2)} mm beside even slices of ${spacing.toFixed(3)} mm; at most ${(DRIFT_SHARE * spacing).toFixed(2)} mm is allowed`,
    )
}

function dot(a: Lps, b: Lps): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

function minus(a: Lps, b: Lps): Lps {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/** What of a vector lies within the plane. */
function across(a: Lps, normal: Lps): Lps {
  const along = dot(a, normal)
  return [a[0] - along * normal[0], a[1] - along * normal[1], a[2] - along * normal[2]]
}
