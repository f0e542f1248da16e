/** How large what was labelled is and what shape it has: on blocks of about 4 mm, where sulci are closed and a map is small. */
import { connectedComponents } from '../labels/components.ts'
import { outside } from '../labels/outside.ts'
import { squaredDistanceMm2 } from '../measure/distance.ts'
import { spacingMm, voxelVolumeMl } from '../volume/affine.ts'
import { sectionsAbove } from '../volume/crop.ts'
import { eachFaceNeighbour } from '../volume/face-neighbours.ts'
import { fourAtOnce, nextFilled } from '../volume/next-filled.ts'
import type { LabelVolume, Shape } from '../volume/volume.ts'

const BLOCK_MM = 4
/** Closing reaches a block further than it fills. */
const RIM = 2
/** A section of fewer blocks is the tip of something. */
const LEAST_SECTION = 3

export interface BrainShape {
  /** The volume of all labels but the background, fluid included. */
  readonly labelledMl: number
  /** From the first to the last section along R, A and S. */
  readonly extentMm: readonly [number, number, number]
  /** What lies more than `depthMm` below the topmost section. */
  readonly belowMl: (depthMm: number) => number
  /** Background that labels enclose. */
  readonly holesMl: number
  /**
   * Surface of a ball of the same volume over the surface: 1 for a ball, less the more jagged it is (Wadell 1935). Sulci are
   * closed first, which one map fills with fluid and another leaves empty.
   */
  readonly sphericity: number
  /** Share of the labelled blocks that fall on labelled ones when left and right are exchanged about the best sagittal plane. */
  readonly mirroredShare: number
  /** Share of the largest piece (joined by faces). */
  readonly pieceShare: number
}

interface Blocks {
  /** Voxels along an edge. */
  readonly edge: Shape
  /** With a rim of RIM empty blocks. */
  readonly shape: Shape
  /** 1 where half of the block's voxels and more are labelled. */
  readonly mask: Uint8Array
  readonly count: number
  /** How many voxels are labelled. */
  readonly voxels: number
}

/** @param found on the model grid, whose axes run along R, A and S; undefined where nothing is labelled */
export function brainShape(found: LabelVolume): BrainShape | undefined {
  const { edge, shape, mask, count, voxels } = blocksOf(found)
  if (count === 0) return undefined
  const spacing = spacingMm(found.affine)
  const edgeMm = [0, 1, 2].map((axis) => edge[axis]! * spacing[axis]!) as [number, number, number]
  const blockMl = (edgeMm[0] * edgeMm[1] * edgeMm[2]) / 1000
  const sections = sectionsAbove(mask, shape, 0)
  const ends = sections.map((areas) => {
    const isIn = (area: number): boolean => area >= LEAST_SECTION
    return [areas.findIndex(isIn), areas.findLastIndex(isIn)] as const
  })
  const top = ends[2]![1]
  const isAround = outside(mask, shape, 0)
  const pieces = connectedComponents(mask, shape, [1], 6)
  return {
    labelledMl: voxels * voxelVolumeMl(found.affine),
    extentMm: ends.map(([first, last], axis) => (last - first + 1) * edgeMm[axis]!) as [number, number, number],
    belowMl: (depthMm) =>
      blockMl * sections[2].reduce((sum, area, k) => sum + ((top - k) * edgeMm[2] >= depthMm ? area : 0), 0),
    holesMl: blockMl * (mask.length - count - isAround.reduce((sum, one) => sum + one, 0)),
    sphericity: sphericity(closed(mask, shape), shape),
    mirroredShare: mirroredShare(mask, shape, count),
    pieceShare: pieces.voxels.reduce((most, one) => Math.max(most, one), 0) / count,
  }
}

function blocksOf({ data, shape: [nx, ny, nz], affine }: LabelVolume): Blocks {
  const edge = spacingMm(affine).map((mm) => Math.max(1, Math.round(BLOCK_MM / mm))) as [number, number, number]
  const shape = [nx, ny, nz].map((size, axis) => Math.ceil(size / edge[axis]!) + 2 * RIM) as [number, number, number]
  const labelled = new Uint32Array(shape[0] * shape[1] * shape[2])
  const words = fourAtOnce(data)
  let voxels = 0
  const column = Int32Array.from({ length: nx }, (_, i) => Math.floor(i / edge[0]))
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) {
      const row = shape[0] * (Math.floor(j / edge[1]) + RIM + shape[1] * (Math.floor(k / edge[2]) + RIM)) + RIM
      const end = at + nx
      for (let begin = at; at < end; ) {
        at = nextFilled(data, words, at, end)
        for (; at < end && data[at] !== 0; at++) {
          labelled[row + column[at - begin]!]! += 1
          voxels++
        }
      }
    }
  const half = (edge[0] * edge[1] * edge[2]) / 2
  const mask = new Uint8Array(labelled.length)
  let count = 0
  for (let at = 0; at < mask.length; at++) {
    if (labelled[at]! < half) continue
    mask[at] = 1
    count++
  }
  return { edge, shape, mask, count, voxels }
}

/** In blocks, squared: those that share a face or an edge. */
const BESIDE = 2

/** What is left open between labelled blocks is filled where a ball of three blocks across does not fit in. */
function closed(mask: Uint8Array, shape: Shape): Uint8Array {
  return farFrom(farFrom(mask, shape), shape)
}

/** 1 where no voxel of the mask lies beside, else 0. */
function farFrom(mask: Uint8Array, shape: Shape): Uint8Array {
  const squared = squaredDistanceMm2(mask, shape, [1, 1, 1])
  const isFar = new Uint8Array(squared.length)
  for (let at = 0; at < isFar.length; at++) if (squared[at]! > BESIDE) isFar[at] = 1
  return isFar
}

/** Faces of blocks overstate a smooth surface by half: a ball has three faces to two of its area. */
const FACES_TO_AREA = 1.5

function sphericity(mask: Uint8Array, shape: Shape): number {
  let [faces, count] = [0, 0]
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] === 0) continue
    count++
    eachFaceNeighbour(shape, at, (neighbour) => {
      faces += 1 - mask[neighbour]!
    })
  }
  return Math.cbrt(36 * Math.PI * count ** 2) / (faces / FACES_TO_AREA)
}

function mirroredShare(mask: Uint8Array, [nx, ny, nz]: Shape, count: number): number {
  let most = 0
  const rows: number[] = []
  for (let row = 0; row < nx * ny * nz; row += nx) if (mask.subarray(row, row + nx).includes(1)) rows.push(row)
  // block i of a row falls on block sum − i
  for (let sum = 0; sum <= 2 * (nx - 1); sum++) {
    let both = 0
    const [first, last] = [Math.max(0, sum - nx + 1), Math.min(nx - 1, sum)]
    for (let n = 0; n < rows.length; n++)
      for (let i = first; i <= last; i++) both += mask[rows[n]! + i]! & mask[rows[n]! + sum - i]!
    most = Math.max(most, both / count)
  }
  return most
}
