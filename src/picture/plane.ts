/**
 * One plane of a grid as a picture of square pixels, however its voxels are shaped: which voxel each pixel shows, what lies at
 * its four sides, and where it lies. Nothing is interpolated.
 */
import { applyAffine, type Vector } from '../volume/affine.ts'
import type { Box } from '../volume/crop.ts'
import type { Affine, Shape } from '../volume/volume.ts'
import type { Frame } from './frame.ts'

export type PlaneName = 'axial' | 'coronal' | 'sagittal'

/** Axes of a frame (0 right, 1 anterior, 2 superior): the one that a plane lies across, those along its width and its height. */
export const AXES: Readonly<Record<PlaneName, readonly [across: Axis, width: Axis, height: Axis]>> = {
  axial: [2, 0, 1],
  coronal: [1, 0, 2],
  sagittal: [0, 1, 2],
}
type Axis = 0 | 1 | 2

/**
 * 'radiological': the patient's right, or the front, is on the left, as on a radiologist's screen; 'neurological': the
 * patient's left, or the back, is.
 */
export type Convention = 'radiological' | 'neurological'

export interface Plane {
  readonly name: PlaneName
  readonly width: number
  readonly height: number
  /** The place in the stored data of the voxel that pixel (x, y) shows, y downwards. */
  voxelAt(x: number, y: number): number
  /** The middle of a voxel by its indices in the frame; it may lie outside of the picture. */
  pixelOf(index: Shape): readonly [x: number, y: number]
  /** What lies at each side: R or L, A or P, S or I, a second letter where it leans to that by 20° or more. */
  readonly letters: Readonly<Record<'left' | 'right' | 'top' | 'bottom', string>>
  /** The world coordinate across the plane, in RAS+ mm, at the middle of the region. */
  readonly positionMm: number
}

export interface PlaneOptions {
  readonly name: PlaneName
  /** Index across the plane, in the frame. */
  readonly at: number
  /** What is shown of it, in indices of the frame. */
  readonly region: Box
  readonly sizePixels: readonly [width: number, height: number]
  readonly convention: Convention
}

export function planeOf(frame: Frame, { name, at, region, sizePixels, convention }: PlaneOptions): Plane {
  const [across, along, up] = AXES[name]
  const { start, end } = region
  const [width, height] = sizePixels
  const isMirrored = convention === 'radiological'
  /** The middle of the pixel says which voxel it shows. */
  const share = (axis: Axis, pixel: number, size: number) =>
    start[axis] + Math.floor(((pixel + 0.5) * (end[axis] - start[axis])) / size)
  const index: [number, number, number] = [0, 0, 0]
  index[across] = at
  const middle = [0, 1, 2].map((axis) => (start[axis]! + end[axis]! - 1) / 2) as [number, number, number]
  middle[across] = at
  const [right, left] = [sideOf(frame.affine, along, 1), sideOf(frame.affine, along, -1)]
  return {
    name,
    width,
    height,
    voxelAt(x, y) {
      index[along] = share(along, isMirrored ? width - 1 - x : x, width)
      index[up] = share(up, height - 1 - y, height)
      return frame.voxelAt(index[0], index[1], index[2])
    },
    pixelOf(voxel) {
      const shareOf = (axis: Axis) => (voxel[axis] + 0.5 - start[axis]) / (end[axis] - start[axis])
      const x = Math.floor(shareOf(along) * width)
      return [isMirrored ? width - 1 - x : x, height - 1 - Math.floor(shareOf(up) * height)]
    },
    letters: {
      left: isMirrored ? right : left,
      right: isMirrored ? left : right,
      top: sideOf(frame.affine, up, 1),
      bottom: sideOf(frame.affine, up, -1),
    },
    positionMm: applyAffine(frame.affine, ...middle)[across],
  }
}

/** sin 20° */
const LEANS = 0.342

/** Where one goes along an axis of the affine, the direction that it runs along most first. */
export function sideOf(affine: Affine, axis: Axis, sign: 1 | -1): string {
  const step = [affine[axis]!, affine[axis + 4]!, affine[axis + 8]!] as const satisfies Vector
  const length = Math.hypot(...step)
  return step
    .map((mm, world) => ({ cos: Math.abs(mm) / length, letter: ['RL', 'AP', 'SI'][world]![sign * mm > 0 ? 0 : 1]! }))
    .sort((a, b) => b.cos - a.cos)
    .filter(({ cos }, at) => at === 0 || (at === 1 && cos >= LEANS))
    .map(({ letter }) => letter)
    .join('')
}
