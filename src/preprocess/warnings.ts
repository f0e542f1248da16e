/** What a person should know about an input that is accepted all the same. */
import { spacingMm } from '../volume/affine.ts'
import { toCanonical } from '../volume/orientation.ts'
import type { Grid } from '../volume/volume.ts'

const COARSE_MM = 3
const TILT_DEGREES = 20
const FULL_SHARE = 0.9
/** From half a small stripped brain to a large head with its neck. */
const HEAD_ML = { min: 500, max: 8000 }

/** The largest angle in degrees between a stored axis and the anatomical axis that it is taken for. */
export function tiltDegrees({ affine }: Grid): number {
  const spacing = spacingMm(affine)
  const cosines = toCanonical({ affine }).axes.map(
    (axis, world) => Math.abs(affine[4 * world + axis]!) / spacing[axis]!,
  )
  return (Math.acos(Math.min(1, ...cosines)) * 180) / Math.PI
}

/** Of any channel: coarse voxels, tilted axes. */
export function gridWarnings(scan: Grid, channel: string): string[] {
  const coarsestMm = Math.max(...spacingMm(scan.affine))
  const tilt = tiltDegrees(scan)
  return [
    ...(coarsestMm > COARSE_MM
      ? [`channel ${channel}: voxels are ${coarsestMm.toFixed(1)} mm apart along one axis; thin structures are lost`]
      : []),
    ...(tilt > TILT_DEGREES
      ? [`channel ${channel}: tilted by ${Math.round(tilt)}° against the anatomical axes; it is not rotated upright`]
      : []),
  ]
}

/** @param covered share (0..1) of the head's box that the channel shows */
export function coverageWarnings(covered: number, channel: string): string[] {
  return covered < FULL_SHARE ? [`channel ${channel} shows ${Math.round(100 * covered)} % of the head's box`] : []
}

/** Of the channel that gave the model grid: what is far from a brain or a head in size may be anything. */
export function sizeWarnings(foregroundMl: number, channel: string): string[] {
  if (foregroundMl >= HEAD_ML.min && foregroundMl <= HEAD_ML.max) return []
  const litres = (ml: number): string => (ml / 1000).toPrecision(2)
  const usual = `a brain or a head has ${litres(HEAD_ML.min)} to ${litres(HEAD_ML.max)} L`
  return [`channel ${channel}: what is not background has ${litres(foregroundMl)} L; ${usual}`]
}
