/** The value that stands for what is outside, by the faces of a volume. */
import type { Shape } from '../volume/volume.ts'

/** This share of the voxels on the six faces must have one and the same value for it to be a fill. */
const FILL_SHARE = 0.5

/** Calls with every voxel on the six faces. */
function onBorder(data: Float32Array, [ni, nj, nk]: Shape, see: (value: number) => void): void {
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const isEnd = k === 0 || k === nk - 1 || j === 0 || j === nj - 1
      const row = (k * nj + j) * ni
      for (let i = 0; i < ni; i += isEnd ? 1 : Math.max(1, ni - 1)) see(data[row + i]!)
    }
  }
}

/** The value of more than FILL_SHARE of the border (Boyer and Moore's majority vote, then a count). */
export function fillOf(data: Float32Array, shape: Shape): number | null {
  let candidate = 0
  let lead = 0
  let seen = 0
  onBorder(data, shape, (value) => {
    seen++
    if (lead === 0) candidate = value
    lead += value === candidate ? 1 : -1
  })
  let count = 0
  onBorder(data, shape, (value) => {
    if (value === candidate) count++
  })
  return count > FILL_SHARE * seen ? candidate : null
}
