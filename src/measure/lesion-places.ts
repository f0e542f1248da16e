/**
 * Where in the brain a lesion lies, by the labels around it and no atlas: periventricular where it touches a ventricle or comes
 * within 3 mm of one, juxtacortical where it touches cortex, deep where it does neither. The first that fits is its place.
 */
import { spacingMm } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { Grid, LabelVolume, Shape } from '../volume/volume.ts'
import { cortex } from './cortex.ts'
import { roughDistanceMm2 } from './distance.ts'
import { type BrainValues, ventricles } from './ventricles.ts'

/** Between the centres of voxels. */
export const PERIVENTRICULAR_MM = 3

export type Place = 'periventricular' | 'juxtacortical' | 'deep'

export interface LesionPlace {
  /** Null where no ventricle was found: nothing is then known of what lies beside one. */
  readonly place: Place | null
  /** From the nearest of its voxels to the nearest of a ventricle and of the cortex, between centres; null where there is none. */
  readonly toVentricleMm: number | null
  readonly toCortexMm: number | null
}

/** 1 in the ventricles and in the cortex, else 0. */
export interface Landmarks {
  readonly isVentricle: Uint8Array
  readonly isCortex: Uint8Array
}

/** Memory: 9 bytes a voxel. */
export function landmarksOf(labels: LabelVolume, values: BrainValues): Landmarks {
  const isVentricle = ventricles(labels, values)
  return { isVentricle, isCortex: cortex(labels, values, isVentricle) }
}

/**
 * @param grid of the landmarks and of `listOf`
 * @param listOf the number of each voxel's lesion, 0 for none; every one of 1 … count is there
 * @returns by number − 1. Memory: 4 bytes a voxel.
 */
export function lesionPlaces(
  grid: Grid,
  { isVentricle, isCortex }: Landmarks,
  listOf: Uint16Array,
  count: number,
): LesionPlace[] {
  const toVentricle = nearest(isVentricle, grid, listOf, count)
  const toCortex = nearest(isCortex, grid, listOf, count)
  const hasVentricle = isVentricle.includes(1)
  return Array.from({ length: count }, (_, n): LesionPlace => {
    const [ventricle, fromCortex] = [toVentricle[n]!, toCortex[n]!]
    const isBeside = ventricle.touches || ventricle.mm <= PERIVENTRICULAR_MM
    const place = isBeside ? 'periventricular' : fromCortex.touches ? 'juxtacortical' : 'deep'
    return {
      place: hasVentricle ? place : null,
      toVentricleMm: finite(ventricle.mm),
      toCortexMm: finite(fromCortex.mm),
    }
  })
}

interface Nearest {
  readonly mm: number
  /** A voxel of it and one of the mask share a face, an edge or a corner. */
  readonly touches: boolean
}

function nearest(mask: Uint8Array, { shape, affine }: Grid, listOf: Uint16Array, count: number): Nearest[] {
  const distance = roughDistanceMm2(mask, shape, spacingMm(affine))
  const least = new Float64Array(count + 1).fill(Number.POSITIVE_INFINITY)
  const touches = new Uint8Array(count + 1)
  for (let at = 0; at < listOf.length; at++) {
    const n = listOf[at]!
    if (n === 0) continue
    if (distance[at]! < least[n]!) least[n] = distance[at]!
    if (touches[n] === 0 && hasNeighbour(mask, shape, at)) touches[n] = 1
  }
  release(distance)
  return Array.from({ length: count }, (_, n) => ({ mm: Math.sqrt(least[n + 1]!), touches: touches[n + 1] === 1 }))
}

function hasNeighbour(mask: Uint8Array, [nx, ny, nz]: Shape, at: number): boolean {
  const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]
  for (let z = Math.max(0, k - 1); z <= Math.min(nz - 1, k + 1); z++)
    for (let y = Math.max(0, j - 1); y <= Math.min(ny - 1, j + 1); y++)
      for (let x = Math.max(0, i - 1); x <= Math.min(nx - 1, i + 1); x++)
        if (mask[x + nx * (y + ny * z)] === 1) return true
  return false
}

function finite(mm: number): number | null {
  return Number.isFinite(mm) ? mm : null
}
