/**
 * Real lesions in a synthetic head: the lesion mask of one patient, drawn by raters and brought to MNI space, is fitted to
 * the cerebrum of a label map by its bounding box; only white matter turns into lesion.
 */
import { z } from 'zod'
import { applyAffine, invert, multiply } from '../../../src/volume/affine.ts'
import type { Affine, Shape, Volume } from '../../../src/volume/volume.ts'
import type { Random } from '../../compile/random.ts'
import { boundingBox } from './bounding-box.ts'
import { groupIndex } from './groups.ts'
import type { LabelMap } from './label-map.ts'

export const lesionShapesSchema = z.strictObject({
  /** Chance that the lesions of a head that has any are a patient's rather than drawn ones. */
  chance: z.number().min(0).max(1),
  /** Lesion masks in MNI space, relative to the data folder. */
  masks: z.array(z.string()).min(1),
})

/** The lesions of one patient, cut to their bounding box. */
export interface LesionShape {
  readonly shape: Shape
  /** To MNI mm. */
  readonly affine: Affine
  /** 1 where there is a lesion. */
  readonly data: Uint8Array
}

const WHITE_GROUP = groupIndex('white matter')
const LESION_GROUP = groupIndex('lesion')
const CEREBRUM: ReadonlySet<number> = new Set([WHITE_GROUP, LESION_GROUP, groupIndex('cerebral cortex')])
/** Bounding box of the cerebrum in MNI152, mm: of the grey matter of ICBM152 2009a above one half, its bottom at the temporal poles. */
const MNI_CEREBRUM = { lo: [-71, -106, -51], hi: [71, 73, 81] } as const
/** Patients differ from the atlas: the fitted mask is moved and scaled at random by up to this. */
const SHIFT_MM = 4
const SCALE = 0.08

/** The non-zero voxels of a mask; throws where it has none. */
export function lesionShapeFrom({ shape, affine, data }: Volume<'scan'>, name: string): LesionShape {
  const [nx, ny] = shape
  const { lo, hi } = boundingBox(shape, (i, j, k) => data[i + nx * (j + ny * k)]! > 0)
  if (hi[0] < 0) throw new Error(`${name}: a lesion mask without a lesion`)
  const [sx, sy, sz] = lo.map((from, axis) => hi[axis]! - from + 1) as [number, number, number]
  const cut = new Uint8Array(sx * sy * sz)
  for (let k = 0, v = 0; k < sz; k++)
    for (let j = 0; j < sy; j++)
      for (let i = 0; i < sx; i++, v++) {
        const from = lo[0] + i + nx * (lo[1] + j + ny * (lo[2] + k))
        cut[v] = data[from]! > 0 ? 1 : 0
      }
  const origin = applyAffine(affine, ...lo)
  const moved = affine.map((value, index) => (index % 4 === 3 && index < 12 ? origin[(index - 3) / 4]! : value))
  return { shape: [sx, sy, sz], affine: moved, data: cut }
}

/** Voxel of the map → MNI mm: box onto box, moved, scaled and mirrored (left and right are alike) at random. */
function toMni(map: LabelMap, random: Random): Affine {
  const [nx, ny] = map.shape
  const box = boundingBox(map.shape, (i, j, k) => CEREBRUM.has(map.groups[i + nx * (j + ny * k)]!))
  const mirror = random.chance(0.5) ? -1 : 1
  const rows = [0, 1, 2].map((axis) => {
    const [from, to] = [MNI_CEREBRUM.lo[axis]!, MNI_CEREBRUM.hi[axis]!]
    const size = Math.max(1, box.hi[axis]! - box.lo[axis]!)
    const scale = ((to - from) / size) * (1 + random.uniform(-SCALE, SCALE)) * (axis === 0 ? mirror : 1)
    const offset = (from + to) / 2 + random.uniform(-SHIFT_MM, SHIFT_MM) - scale * ((box.lo[axis]! + box.hi[axis]!) / 2)
    return [...[0, 1, 2].map((column) => (column === axis ? scale : 0)), offset]
  })
  return [...rows.flat(), 0, 0, 0, 1]
}

/** Turns the white matter of `groups` (on the map's grid) that lies under the mask into lesion, in place. */
export function drawLesionShape(groups: Uint8Array, map: LabelMap, lesion: LesionShape, random: Random): void {
  const [nx, ny, nz] = map.shape
  const [sx, sy, sz] = lesion.shape
  const m = multiply(invert(lesion.affine), toMni(map, random))
  for (let k = 0, v = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, v++) {
        if (groups[v] !== WHITE_GROUP) continue
        const a = Math.round(m[0]! * i + m[1]! * j + m[2]! * k + m[3]!)
        const b = Math.round(m[4]! * i + m[5]! * j + m[6]! * k + m[7]!)
        const c = Math.round(m[8]! * i + m[9]! * j + m[10]! * k + m[11]!)
        const inside = a >= 0 && b >= 0 && c >= 0 && a < sx && b < sy && c < sz
        if (inside && lesion.data[a + sx * (b + sy * c)] === 1) groups[v] = LESION_GROUP
      }
}
