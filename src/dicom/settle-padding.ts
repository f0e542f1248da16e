/**
 * Voxels for which the header states a padding value (PS3.3 C.7.5.1.1.2) were not measured where they reach the border of the
 * volume: there they are filled as the outside of any other scan is. Within the head the same number may be a value like any
 * other (many scanners state 0): there it is kept, unless nothing that was measured comes near it.
 */
import { countInWords, FaultError } from '../errors.ts'
import { fillNoData, findNoData, HOLE } from '../volume/no-data.ts'
import type { Shape } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'

/**
 * Fills in place.
 * @param padding the number that stands for padding in each slice; null where it is none or a range
 * @throws FaultError scan-constant
 */
export function settlePadding(data: Float32Array, shape: Shape, padding: readonly number[] | null): Warning | null {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  let measured = 0
  for (const value of data) {
    if (Number.isNaN(value)) continue
    measured++
    if (value < min) min = value
    if (value > max) max = value
  }
  if (!(max > min))
    throw new FaultError(
      'scan-constant',
      'all voxels that were measured have one value: there is nothing to see; send the scan, not a mask or an empty volume',
    )
  if (measured === data.length) return null
  const { voxels, around, kinds } = findNoData(data, shape)
  const value = Math.min(0, min)
  const isLikeOthers = padding?.every((number) => number >= min - (max - min) && number <= max) === true
  const sliceVoxels = shape[0] * shape[1]
  for (let at = 0; isLikeOthers && at < data.length; at++) {
    if (kinds[at] !== HOLE) continue
    data[at] = padding[Math.floor(at / sliceVoxels)]!
    kinds[at] = 0
  }
  fillNoData(data, shape, kinds, value)
  if (around === 0 && isLikeOthers) return null
  const told = (count: number) => countInWords(count, 'down')
  const holes = isLikeOthers ? 'keep their value' : 'take the mean of their neighbours'
  return {
    code: 'no-data',
    message: `${told(voxels)} of ${told(data.length)} voxels have the value that the header states for padding: ${told(around)} at the edge are filled with ${value}, ${told(voxels - around)} within ${holes}`,
  }
}
