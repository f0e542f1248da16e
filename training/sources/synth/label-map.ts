/** A SynthSeg label map made ready for synthesis: grouped, RAS, 1 mm, cut to the head. */
import { FaultError } from '../../../src/errors.ts'
import type { Shape, Volume } from '../../../src/volume/volume.ts'
import { CSF } from '../../method/label-sets.ts'
import { boundingBox } from './bounding-box.ts'
import { CLASS_OF_GROUP, GROUP_OF_LABEL, groupIndex } from './groups.ts'

export interface LabelMap {
  /** 1 mm, axes R, A, S. */
  readonly shape: Shape
  /** Group of each voxel (groups.ts). */
  readonly groups: Uint8Array
  /** Steps through white matter to the nearest ventricle voxel, 255 = not white matter or not reached. */
  readonly ventricleSteps: Uint8Array
  /** Lowest and highest slice of the brain (any class but background). */
  readonly brainZ: readonly [lo: number, hi: number]
}

const WHITE_GROUP = groupIndex('white matter')
const LESION_GROUP = groupIndex('lesion')
const VENTRICLES = groupIndex('ventricles')
const CSF_GROUP = groupIndex('subarachnoid CSF')
const SPINAL_CSF = groupIndex('spinal CSF')

/** Distance by flooding: from the ventricles through white matter and lesion, six neighbours a step. */
export function floodFromVentricles(groups: Uint8Array, shape: Shape): Uint8Array {
  const [nx, ny] = shape
  const steps = new Uint8Array(groups.length).fill(255)
  const offsets = [-1, 1, -nx, nx, -nx * ny, nx * ny]
  let front: number[] = []
  for (let v = 0; v < groups.length; v++) if (groups[v] === VENTRICLES) front.push(v)
  for (let step = 1; step < 255 && front.length > 0; step++) {
    const next: number[] = []
    for (const v of front) {
      for (const offset of offsets) {
        const w = v + offset
        if (steps[w] !== 255 || (groups[w] !== WHITE_GROUP && groups[w] !== LESION_GROUP)) continue
        steps[w] = step
        next.push(w)
      }
    }
    front = next
  }
  return steps
}

/** Axis of the file that runs along each world axis, and its sign; the maps are never oblique. */
function canonicalAxes(affine: readonly number[]): readonly { axis: number; forward: boolean }[] {
  return [0, 1, 2].map((world) => {
    const row = affine.slice(4 * world, 4 * world + 3)
    const axis = row.findIndex((value) => Math.abs(Math.abs(value) - 1) < 1e-3)
    if (axis < 0)
      throw new FaultError('nifti-spacing', `a label map must be 1 mm along the axes; found ${row.join(', ')}`)
    return { axis, forward: row[axis]! > 0 }
  })
}

/** Groups a label map as read from its file; a label outside the table is refused. */
export function labelMapFrom(scan: Volume<'scan'>, marginVoxels = 2): LabelMap {
  const axes = canonicalAxes(scan.affine)
  const strides = [1, scan.shape[0], scan.shape[0] * scan.shape[1]]
  const size = axes.map(({ axis }) => scan.shape[axis]!) as [number, number, number]
  const step = axes.map(({ axis, forward }) => (forward ? strides[axis]! : -strides[axis]!)) as [number, number, number]
  const origin = axes.reduce((sum, { axis, forward }, a) => sum + (forward ? 0 : (size[a]! - 1) * strides[axis]!), 0)

  const at = (i: number, j: number, k: number) => origin + i * step[0] + j * step[1] + k * step[2]
  const { lo, hi } = boundingBox(size, (i, j, k) => scan.data[at(i, j, k)] !== 0)
  const shape = [0, 1, 2].map((a) => hi[a]! - lo[a]! + 1 + 2 * marginVoxels) as [number, number, number]
  const groups = new Uint8Array(shape[0] * shape[1] * shape[2])
  let [brainLo, brainHi] = [shape[2], 0]
  for (let k = lo[2]; k <= hi[2]; k++) {
    for (let j = lo[1]; j <= hi[1]; j++) {
      for (let i = lo[0]; i <= hi[0]; i++) {
        const label = scan.data[at(i, j, k)]!
        if (label === 0) continue
        const group = GROUP_OF_LABEL.get(label)
        if (group === undefined) throw new FaultError('nifti-header', `label ${label} is not in the table of groups`)
        const z = k - lo[2] + marginVoxels
        groups[i - lo[0] + marginVoxels + shape[0] * (j - lo[1] + marginVoxels + shape[1] * z)] = group
        if (CLASS_OF_GROUP[group]! > CSF) {
          if (z < brainLo) brainLo = z
          if (z > brainHi) brainHi = z
        }
      }
    }
  }
  // the maps carry one CSF label down the spinal canal; no brain truth reaches below the brain stem
  for (let v = 0; v < brainLo * shape[0] * shape[1]; v++) if (groups[v] === CSF_GROUP) groups[v] = SPINAL_CSF
  return { shape, groups, ventricleSteps: floodFromVentricles(groups, shape), brainZ: [brainLo, brainHi] }
}
