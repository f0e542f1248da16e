/**
 * The voxels of some labels as runs: stretches of a row without a gap. A head of ten million voxels has some hundred thousand of
 * them, so that what is asked of its components is answered without a number for each voxel.
 */
import type { Sections } from '../volume/crop.ts'
import { fourAtOnce, nextFilled } from '../volume/next-filled.ts'
import { release } from '../volume/release.ts'
import type { Shape } from '../volume/volume.ts'

/** In storage order; places of voxels are indices into the whole volume. */
export interface Runs {
  readonly count: number
  /** The first voxel of each run; longer than `count`, as are the others. */
  readonly start: Int32Array
  /** The place behind its last. */
  readonly end: Int32Array
  /** The first run of each row (j + ny · k); there is one more entry at the end. */
  readonly ofRow: Int32Array
}

/** Runs before the first growth: 512 kB. */
const AT_FIRST = 65_536

/** @param wanted by label value: 1 for those that are looked for, else 0 */
export function runsOf(labels: Uint8Array, [nx, ny, nz]: Shape, wanted: Uint8Array): Runs {
  const words = fourAtOnce(labels)
  const ofRow = new Int32Array(ny * nz + 1)
  let start = new Int32Array(AT_FIRST)
  let end = new Int32Array(AT_FIRST)
  let count = 0
  for (let row = 0, at = 0; row < ny * nz; row++) {
    ofRow[row] = count
    const rowEnd = at + nx
    let isIn = 0
    while (at < rowEnd) {
      const label = labels[at]!
      const isWanted = wanted[label]!
      if (isWanted !== isIn) {
        isIn = isWanted
        if (isIn === 1) {
          if (count === start.length) {
            start = grown(start)
            end = grown(end)
          }
          start[count] = at
        } else end[count++] = at
      }
      at++
      if (at + 4 > rowEnd || labels[at] !== label) continue
      // most rows are mostly of one label
      at = nextFilled(labels, words, at, rowEnd, label)
    }
    if (isIn === 1) end[count++] = rowEnd
  }
  ofRow[ny * nz] = count
  return { count, start, end, ofRow }
}

const LABELLED = new Uint8Array(256).fill(1, 1)

/** How many voxels other than background each plane across i, j and k has: as sectionsAbove() 0, from the runs. */
export function labelledSections(labels: Uint8Array, shape: Shape): Sections {
  const [nx, ny, nz] = shape
  const sections = [new Float64Array(nx), new Float64Array(ny), new Float64Array(nz)] as const
  const change = new Float64Array(nx + 1)
  const runs = runsOf(labels, shape, LABELLED)
  for (let k = 0, row = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++, row++) {
      for (let run = runs.ofRow[row]!; run < runs.ofRow[row + 1]!; run++) {
        const [from, to] = [runs.start[run]! - row * nx, runs.end[run]! - row * nx]
        change[from]! += 1
        change[to]! -= 1
        sections[1][j]! += to - from
        sections[2][k]! += to - from
      }
    }
  }
  for (let i = 0, count = 0; i < nx; i++) {
    count += change[i]!
    sections[0][i] = count
  }
  releaseRuns(runs)
  return sections
}

/** Gives back what the runs hold. */
export function releaseRuns({ start, end, ofRow }: Runs): void {
  for (const array of [start, end, ofRow]) release(array)
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  return new Int32Array(array.buffer.transfer(2 * array.byteLength))
}
