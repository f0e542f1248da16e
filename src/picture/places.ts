/** Where a picture cuts: through the largest lesions, and where the network was least sure. */
import { connectedComponents } from '../labels/components.ts'
import { lesionValues } from '../labels/label-set.ts'
import type { UnsurePlace } from '../measure/least-sure.ts'
import { spacingMm, voxelVolumeMl } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume, Shape } from '../volume/volume.ts'
import { type Frame, inFrame } from './frame.ts'
import { fullestPlanes } from './fullest-planes.ts'
import type { Overlaid } from './montage.ts'
import { millilitresOf } from './sheet.ts'

/** Sagittal slices off the midline show more than the falx. */
const SAGITTAL_SHIFT_MM = 12

export interface Place {
  readonly caption: string
  /** Indices of the sagittal, the coronal and the axial plane, in the frame. */
  readonly planes: Shape
}

export interface WhatToShow {
  readonly lesions: number
  readonly unsure: number
}

/** @param unsure least sure first, in voxels of the labels */
export function placesOf(
  overlaid: Overlaid,
  unsure: readonly UnsurePlace[],
  frame: Frame,
  { lesions: mostLesions, unsure: mostUnsure }: WhatToShow,
): Place[] {
  const lesions = lesionPlaces(overlaid, frame, mostLesions)
  const first = lesions.length > 0 ? lesions : [{ caption: 'brain', planes: middlePlanes(overlaid.labels, frame) }]
  const doubtful = unsure.slice(0, mostUnsure).map(({ voxel, meanConfidence }, at): Place => {
    const stored = voxel.map((index, axis) =>
      Math.min(overlaid.labels.shape[axis]! - 1, Math.max(0, Math.round(index))),
    )
    const rank = at === 0 ? 'least sure' : `less sure (${at + 1})`
    return {
      caption: `${rank}: mean confidence ${meanConfidence.toFixed(2)} in a cube of 8 mm`,
      planes: inFrame(frame, stored as unknown as Shape),
    }
  })
  return [...first, ...doubtful]
}

/** Lesions of one label that touch, corners included, are one; of two labels, two: as the report counts them. */
function lesionPlaces({ labels, labelSet, notAssessable = [] }: Overlaid, frame: Frame, most: number): Place[] {
  const voxelMl = voxelVolumeMl(labels.affine)
  const found = lesionValues(labelSet)
    .filter((value) => !notAssessable.includes(value))
    .flatMap((value) => {
      const { ids, voxels } = connectedComponents(labels.data, labels.shape, [value], 26)
      const places = largestOf(voxels, most).map((id) => ({
        name: labelSet[value]!.name,
        voxels: voxels[id]!,
        planes: inFrame(frame, fullestPlanes(ids, labels.shape, [id])!),
      }))
      release(ids)
      return places
    })
    .sort((a, b) => b.voxels - a.voxels)
    .slice(0, most)
  return found.map(({ name, voxels, planes }, at) => ({
    caption: `lesion ${at + 1}: ${millilitresOf(voxels * voxelMl, voxelMl)} ${name}`,
    planes,
  }))
}

/** Ids of the largest components, the first of equals before the others; a map of noise has millions, so that they are not sorted. */
function largestOf(voxels: Int32Array, most: number): number[] {
  const largest: number[] = []
  for (let id = 1; id < voxels.length; id++) {
    const place = largest.findIndex((other) => voxels[other]! < voxels[id]!)
    if (place >= 0) largest.splice(place, 0, id)
    else if (largest.length < most) largest.push(id)
    if (largest.length > most) largest.pop()
  }
  return largest
}

/** Through the middle of what is labelled, or of the grid where nothing is; the sagittal one beside it. */
export function middlePlanes(labels: LabelVolume | null, frame: Frame): Shape {
  const [i, j, k] = labels === null ? middleOf(frame.shape) : inFrame(frame, centreOf(labels))
  return [Math.min(frame.shape[0] - 1, i + Math.round(SAGITTAL_SHIFT_MM / spacingMm(frame.affine)[0])), j, k]
}

function middleOf([nx, ny, nz]: Shape): Shape {
  return [nx >> 1, ny >> 1, nz >> 1]
}

/** Mean index of the labelled voxels, or the middle of an empty map. */
function centreOf({ data, shape }: LabelVolume): Shape {
  const [nx, ny, nz] = shape
  const sum = [0, 0, 0]
  let count = 0
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, at++) {
        if (data[at] === 0) continue
        count += 1
        sum[0]! += i
        sum[1]! += j
        sum[2]! += k
      }
    }
  }
  if (count === 0) return middleOf(shape)
  return sum.map((total) => Math.round(total / count)) as unknown as Shape
}
