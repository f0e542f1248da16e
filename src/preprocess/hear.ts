/** Where scans show nothing: exactly 0, or beyond their field of view. */
import { nearestOn, nearestPlaces } from '../volume/nearest.ts'
import { release } from '../volume/release.ts'
import type { Grid, Volume } from '../volume/volume.ts'

/** What a scan has nearest to a voxel of the model grid; beyond its field of view nothing was measured. */
const [SIGNAL, ZERO, UNSEEN] = [0, 1, 2]

/** What a scan adds to `silent`. @param data the scan on `grid`, not yet normalised */
export function hear(silent: Uint8Array, scan: Volume<'scan'>, grid: Grid, data: Float32Array): void {
  const places = nearestPlaces(scan, grid)
  if (places === null) {
    const nearest = nearestKinds(scan, grid)
    for (let at = 0; at < silent.length; at++) {
      if (nearest[at] === SIGNAL) silent[at] = 0
      else if (nearest[at] === ZERO && data[at] !== 0 && silent[at] === 1) silent[at] = 2
    }
    release(nearest)
    return
  }
  const [alongI, alongJ, alongK] = places
  for (let k = 0, at = 0; k < alongK.length; k++) {
    for (let j = 0; j < alongJ.length; j++, at += alongI.length) {
      if (alongJ[j]! < 0 || alongK[k]! < 0) continue
      hearRow(silent, data, at, scan.data, alongJ[j]! + alongK[k]!, alongI)
    }
  }
}

/** The row from `at` on. @param along where each of its voxels is in the scan, from `row` on; below 0 nowhere */
function hearRow(
  silent: Uint8Array,
  data: Float32Array,
  at: number,
  scan: Float32Array,
  row: number,
  along: Int32Array,
): void {
  for (let i = 0; i < along.length; i++) {
    const place = along[i]!
    if (place < 0) continue
    if (scan[row + place] !== 0) silent[at + i] = 0
    else if (data[at + i] !== 0 && silent[at + i] === 1) silent[at + i] = 2
  }
}

/** What each voxel of `grid` has nearest to it in the scan: 0, a value other than 0, or no voxel at all. */
function nearestKinds(scan: Volume<'scan'>, grid: Grid): Uint8Array<ArrayBuffer> {
  const kinds = new Uint8Array(scan.data.length)
  for (let at = 0; at < kinds.length; at++) kinds[at] = scan.data[at] === 0 ? ZERO : SIGNAL
  const found = nearestOn({ ...scan, data: kinds }, grid, UNSEEN)
  release(kinds)
  return found
}
