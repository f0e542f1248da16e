/** Where in the brain the network was least sure of what it said. */
import { spacingMm } from '../volume/affine.ts'
import { fourAtOnce, nextFilled } from '../volume/next-filled.ts'
import type { Grid } from '../volume/volume.ts'

/** Each border between two labels has voxels of which nobody can be sure: the mean over a cube of this edge tells more. */
const BLOCK_MM = 8
/** So much of a cube must be labelled: at the rim of the brain the network is unsure of little more than where it ends. */
const WITHIN = 0.9
/** Places closer than this would show the same planes. */
const APART_MM = 20

export interface UnsurePlace {
  /** The middle of the cube, in voxels of the grid. */
  readonly voxel: readonly [i: number, j: number, k: number]
  /** The mean over its labelled voxels, 0 … 1. */
  readonly meanConfidence: number
}

interface Found extends Grid {
  /** 0 is background. */
  readonly data: Uint8Array
  /** 0 … 255 for 0 … 1. */
  readonly confidence: Uint8Array
}

/** The least sure first, the first in storage order of equals; fewer than `most` where the labels have no more such cubes. */
export function leastSurePlaces({ data, confidence, shape, affine }: Found, most: number): UnsurePlace[] {
  const spacing = spacingMm(affine)
  const edge = spacing.map((mm) => Math.max(1, Math.round(BLOCK_MM / mm))) as [number, number, number]
  const [bx, by, bz] = edge.map((voxels, axis) => Math.floor(shape[axis]! / voxels)) as [number, number, number]
  const sums = new Float64Array(bx * by * bz)
  const labelled = new Float64Array(bx * by * bz)
  const words = fourAtOnce(data)
  for (let k = 0; k < bz * edge[2]; k++) {
    for (let j = 0; j < by * edge[1]; j++) {
      const blocks = bx * (Math.floor(j / edge[1]) + by * Math.floor(k / edge[2]))
      const row = shape[0] * (j + shape[1] * k)
      const end = row + bx * edge[0]
      for (let at = row; at < end; ) {
        at = nextFilled(data, words, at, end)
        for (; at < end && data[at] !== 0; at++) {
          const block = blocks + Math.floor((at - row) / edge[0])
          sums[block]! += confidence[at]!
          labelled[block]! += 1
        }
      }
    }
  }
  const least = WITHIN * edge[0] * edge[1] * edge[2]
  const places = Array.from(sums.keys())
    .filter((block) => labelled[block]! >= least)
    .map((block): UnsurePlace => {
      const middle = (index: number, axis: 0 | 1 | 2) => index * edge[axis] + (edge[axis] - 1) / 2
      return {
        voxel: [
          middle(block % bx, 0),
          middle(Math.floor(block / bx) % by, 1),
          middle(Math.floor(block / (bx * by)), 2),
        ],
        meanConfidence: sums[block]! / (255 * labelled[block]!),
      }
    })
    .sort((a, b) => a.meanConfidence - b.meanConfidence)
  const chosen: UnsurePlace[] = []
  for (const place of places) {
    if (chosen.length >= most) break
    const distance = (other: UnsurePlace) =>
      Math.hypot(...place.voxel.map((index, axis) => (index - other.voxel[axis]!) * spacing[axis]!))
    if (chosen.every((other) => distance(other) >= APART_MM)) chosen.push(place)
  }
  return chosen
}
