/** A real T1 and the tissue that a model found in it, made ready to be painted on: RAS, 1 mm, grouped as a label map is. */
import { connectedComponents } from '../../../src/labels/components.ts'
import { modelGrid } from '../../../src/preprocess/model-grid.ts'
import { boxOfFilled, crop, cropGrid, widen } from '../../../src/volume/crop.ts'
import { nearestOn } from '../../../src/volume/nearest.ts'
import { resampleTo } from '../../../src/volume/resample.ts'
import type { Grid, LabelVolume, Shape, Volume } from '../../../src/volume/volume.ts'
import { CSF, GREY, WHITE } from '../../method/label-sets.ts'
import { groupIndex } from './groups.ts'
import { grow } from './grow.ts'
import { floodFromVentricles, type LabelMap } from './label-map.ts'

export interface RealHead {
  readonly grid: Grid
  /** On the grid, white matter at 100, 0 where the scan was not. */
  readonly t1: Float32Array
  /** Medians of what is labelled so. */
  readonly level: { readonly grey: number; readonly white: number }
  /** The labels as they were given, on the grid. */
  readonly given: Uint8Array
  readonly map: LabelMap
}

const GROUP_OF_CLASS: ReadonlyMap<number, number> = new Map([
  [CSF, groupIndex('subarachnoid CSF')],
  [GREY, groupIndex('cerebral cortex')],
  [WHITE, groupIndex('white matter')],
])
const VENTRICLES = groupIndex('ventricles')
const WHITE_LEVEL = 100
const MARGIN_MM = 4
/** Fluid so many voxels from all else is wide: sulci are narrower. */
const WIDE_STEPS = 2
/** What wide fluid borders on is white matter around the lateral ventricles, cortex anywhere else. */
const LEAST_WHITE_SHARE = 0.4
const LEAST_VENTRICLE_ML = 0.5

/**
 * @param given 0 background, 1 CSF, 2 grey, 3 white matter; what else is there is in no group
 * @throws where grey or white matter is missing, or is as bright as the other
 */
export function realHeadFrom(t1: Volume<'scan'>, given: LabelVolume): RealHead {
  const whole = modelGrid(t1, [1, 1, 1])
  const onWhole = nearestOn(given, whole, 0)
  const labelled = boxOfFilled(onWhole, whole.shape)
  if (labelled === null) throw new Error('a label map without a label')
  const box = widen(labelled, [MARGIN_MM, MARGIN_MM, MARGIN_MM], whole.shape)
  const grid = cropGrid(whole, box)
  const values = crop(onWhole, whole.shape, box)
  const intensities = resampleTo(t1, grid, 0)
  const [grey, white] = [medianOf(intensities, values, GREY), medianOf(intensities, values, WHITE)]
  if (!(white > grey)) throw new Error(`no T1: grey matter has a median of ${grey}, white matter of ${white}`)
  const level = { grey: (WHITE_LEVEL * grey) / white, white: WHITE_LEVEL }
  const groups = values.map((value) => GROUP_OF_CLASS.get(value) ?? 0)
  markVentricles(groups, values, grid.shape)
  const plane = grid.shape[0] * grid.shape[1]
  const isBrain = (value: number) => value === GREY || value === WHITE
  const brainZ = [
    Math.floor(values.findIndex(isBrain) / plane),
    Math.floor(values.findLastIndex(isBrain) / plane),
  ] as const
  const map = { shape: grid.shape, groups, ventricleSteps: floodFromVentricles(groups, grid.shape), brainZ }
  return { grid, t1: intensities.map((value) => (WHITE_LEVEL * value) / white), level, given: values, map }
}

function medianOf(intensities: Float32Array, values: Uint8Array, value: number): number {
  const of = intensities.filter((_, v) => values[v] === value).sort()
  return of[of.length >> 1] ?? Number.NaN
}

/** In place: wide fluid whose neighbourhood is white matter, and the fluid within WIDE_STEPS of it. */
function markVentricles(groups: Uint8Array, values: Uint8Array, shape: Shape): void {
  const [nx, ny] = shape
  const offsets = [-1, 1, -nx, nx, -nx * ny, nx * ny]
  const isFluid = (v: number) => values[v] === CSF
  const notFluid = values.map((value) => (value === CSF ? 0 : 1))
  grow(notFluid, shape, WIDE_STEPS, isFluid)
  const wide = notFluid.map((isNear) => 1 - isNear)
  const { ids, voxels } = connectedComponents(wide, shape, [1], 6)
  for (let id = 1; id < voxels.length; id++) {
    if (voxels[id]! < 1000 * LEAST_VENTRICLE_ML) continue
    const whole = Uint8Array.from(ids, (own) => (own === id ? 1 : 0))
    grow(whole, shape, WIDE_STEPS, isFluid)
    const beside = { white: 0, grey: 0 }
    for (let v = 0; v < whole.length; v++)
      if (whole[v] === 1)
        for (const offset of offsets) {
          if (values[v + offset] === WHITE) beside.white++
          else if (values[v + offset] === GREY) beside.grey++
        }
    if (beside.white < LEAST_WHITE_SHARE * (beside.white + beside.grey)) continue
    for (let v = 0; v < whole.length; v++) if (whole[v] === 1) groups[v] = VENTRICLES
  }
}
