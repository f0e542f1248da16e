/**
 * How many digits a measured number has. A volume is a whole number of voxels, so that a decimal which is finer than one voxel
 * says nothing (and a product of doubles ends in digits of its own: 425787 · 0.001 = 425.78700000000003). A coarser one would
 * make two counts of voxels look the same. So the last decimal is the first that is no larger than one voxel: 1 mm³ → 425.787,
 * 0.5 mm³ → 53.2234, 5 mm³ → 12.345. Every number that is told (JSON, CSV, SR, the terminal) is rounded here and nowhere else.
 */

/** Voxel sizes are read as float32: a cube of "1 mm" may be 1e-7 less than a thousandth of a millilitre. */
const SLACK_DECADES = 1e-5
/** What toFixed() takes. */
const MOST_DECIMALS = 100

/** @param step the smallest difference that the number can have, such as the volume of a voxel in mL; above 0 */
export function decimalsOf(step: number): number {
  return Math.min(MOST_DECIMALS, Math.max(0, Math.ceil(-Math.log10(step) - SLACK_DECADES)))
}

/** @param step as of decimalsOf() */
export function roundedTo(step: number, value: number): number {
  return Number(value.toFixed(decimalsOf(step)))
}

/** The volume of so many voxels in mL. */
export function volumeOf(voxels: number, voxelMl: number): number {
  return roundedTo(voxelMl, voxels * voxelMl)
}
