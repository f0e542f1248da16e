/**
 * Whether what was sent as a scan is a label map or a mask, whose regions each have one value. In a scan neighbours differ by noise.
 *
 * Share of voxels with the value of both their next neighbours along i and j, background left out: at most 0.21 in real scans (75
 * of them, 8-bit ones and templates of hundreds of heads among them), 0.55 and more in label maps of whole brains (20).
 */
import { fillOf } from '../preprocess/fill-of.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import { planeStep } from '../volume/plane-step.ts'
import type { Volume } from '../volume/volume.ts'

const LABELS_SHARE = 0.45
/** Less may be any mask, phantom or test; what is no brain is told otherwise. */
const LEAST_ML = 300

export function isLabelMapLike({ data, shape, affine }: Volume<'scan'>): boolean {
  const [nx, ny, nz] = shape
  // no number is no fill
  const fill = fillOf(data, shape) ?? Number.NaN
  let inside = 0
  let alike = 0
  const step = planeStep(nz)
  for (let k = 0; k < nz; k += step) {
    for (let j = 0; j < ny - 1; j++) {
      for (let i = 0; i < nx - 1; i++) {
        const at = i + nx * (j + ny * k)
        const value = data[at]!
        if (value === fill) continue
        inside++
        if (data[at + 1] === value && data[at + nx] === value) alike++
      }
    }
  }
  return inside * step * voxelVolumeMl(affine) >= LEAST_ML && alike >= LABELS_SHARE * inside
}
