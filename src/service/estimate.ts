/**
 * What a segmentation will cost, before anything is sent. Memory by the formula of the README, which a test holds the bundled models
 * to (test/alone/memory.test.ts); time by the jobs that this service did lately, and by nothing else.
 */

import { isComparison } from '../inference/comparison-report.ts'
import type { Card } from '../model/card.ts'
import { heldLogitBytes } from '../network/held-logits.ts'
import type { StoredJob } from '../store/job-store.ts'
import type { Vector } from '../volume/affine.ts'
import { type Shape, voxelCount } from '../volume/volume.ts'

/** What the header of one scan says about its size. */
export interface ScanSize {
  readonly shape: Shape
  readonly spacingMm: Vector
}

export interface TimeEstimate {
  /** Whole seconds of computing, without waiting; null: no job says. */
  readonly seconds: number | null
  /** How many jobs it was told from. */
  readonly ofJobs: number
}

const MIB = 2 ** 20
const FIXED_MIB = 480
const BYTES_A_CHANNEL = 8
const BYTES_A_VOXEL = 14
/** A voxel that the scan has and the model's grid has not. */
const BYTES_A_FINER_VOXEL = 4
/** The fixed part of the formula holds the weights of the bundled models; of larger ones it was not measured. */
const MOST_WEIGHTS_BYTES = 12 * MIB

/** MiB at the peak; null where it was not measured for models of this size. @param scans the size of each scan that is sent */
export function peakMib(scans: readonly ScanSize[], card: Card): number | null {
  if (card.weights.bytes > MOST_WEIGHTS_BYTES || scans.length === 0) return null
  const grids = scans.map((scan) => modelShape(scan, card))
  const largest = grids.reduce((a, b) => (voxelCount(b) > voxelCount(a) ? b : a))
  const voxels = voxelCount(largest)
  const finer = scans.reduce((sum, { shape }) => sum + Math.max(0, voxelCount(shape) - voxels), 0)
  const logits = heldLogitBytes(largest, card.inference, card.labels.length)
  const bytes = (BYTES_A_CHANNEL * scans.length + BYTES_A_VOXEL) * voxels + BYTES_A_FINER_VOXEL * finer + logits
  return Math.ceil(FIXED_MIB + bytes / MIB)
}

/**
 * The median of what jobs of the same model and as many scans took for each voxel, times the voxels of these.
 * @param lately jobs that succeeded, of whoever
 */
export function secondsFor(scans: readonly ScanSize[], card: Card, lately: readonly StoredJob[]): TimeEstimate {
  const wanted = voxelsOf(scans, card)
  const paces = lately.flatMap(({ job }) => {
    if (job.state !== 'succeeded' || isComparison(job.report)) return []
    const { model, input, timingsMs, flipAverage } = job.report
    const isAlike = model.sha256 === card.weights.sha256 && Object.keys(input).length === scans.length && !flipAverage
    return isAlike ? [timingsMs.total / 1000 / voxelsOf(Object.values(input), card)] : []
  })
  if (paces.length === 0) return { seconds: null, ofJobs: 0 }
  const sorted = paces.sort((a, b) => a - b)
  return { seconds: Math.ceil(sorted[Math.floor(sorted.length / 2)]! * wanted), ofJobs: paces.length }
}

/** The voxels of the largest scan, at the model's spacing. */
function voxelsOf(scans: readonly ScanSize[], card: Card): number {
  return Math.max(...scans.map((scan) => voxelCount(modelShape(scan, card))))
}

/** Voxels along each axis when the scan has the model's spacing; how the axes lie does not matter here. */
function modelShape({ shape, spacingMm }: ScanSize, { preprocess }: Card): Shape {
  const along = (axis: 0 | 1 | 2) =>
    Math.max(1, Math.round((shape[axis] * spacingMm[axis]) / preprocess.spacingMm[axis]))
  return [along(0), along(1), along(2)]
}
