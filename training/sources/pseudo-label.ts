/**
 * Tissue labels for unlabelled T1 scans, from a model that others trained and gave away (brainchop's
 * model20chan3cls, MIT), run through our own converter: 1 CSF, 2 grey matter, 3 white matter on the scan's own grid.
 * The model knows white and grey matter only. In a skull-stripped scan the rest of the brain is CSF if it is darker
 * than most grey matter, else nobody knows (255); in a whole head what lies within NEAR_MM of the brain is CSF or
 * background (254).
 */
import '../compile/cpu-backend.ts'
import { writeFile } from 'node:fs/promises'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { readNifti } from '../../src/nifti/read.ts'
import { encodeLabels } from '../../src/nifti/write.ts'
import { spacingMm, voxelVolumeMl } from '../../src/volume/affine.ts'
import { resampleTo } from '../../src/volume/resample.ts'
import { restoreLabels } from '../../src/volume/restore-labels.ts'
import type { Grid, Volume } from '../../src/volume/volume.ts'
import { voxelCount } from '../../src/volume/volume.ts'
import { exportOnnx, INPUT, OUTPUT } from '../compile/export.ts'
import { float32, openRuntimeFromBytes } from '../compile/runtime.ts'
import { TISSUE_LABELS } from '../method/labels.ts'
import { conformedGrid, reversed, scaleByQuantiles } from './conform.ts'
import { CSF_OR_BACKGROUND, UNKNOWN } from './datasets/pseudo-t1.ts'

/** brainchop conforms every scan to 256³ at 1 mm, stored L, I, A. */
const CONFORMED = 256
const NEAR_MM = 12
/** No brain with its fluid is larger; a head is. */
const MAX_STRIPPED_ML = 2200
const LIMITS = { maxFileBytes: 2 ** 30, maxInflatedBytes: 2 ** 31, maxVoxels: 2 ** 28 }
/** CSF is darker than this quantile of the grey matter. */
const DARK_QUANTILE = 0.15

/** Voxels within NEAR_MM of grey or white matter, by three passes of a box. */
function nearBrain(labels: Uint8Array, grid: Grid): Uint8Array {
  const reach = spacingMm(grid.affine).map((mm) => Math.round(NEAR_MM / mm))
  let mask: Uint8Array = labels.map((label) => (label >= 2 ? 1 : 0))
  const strides = [1, grid.shape[0], grid.shape[0] * grid.shape[1]]
  for (const [axis, stride] of strides.entries()) {
    const next = new Uint8Array(mask.length)
    const length = grid.shape[axis]!
    for (let at = 0; at < mask.length; at++) {
      if (mask[at] === 0) continue
      const place = Math.floor(at / stride) % length
      const from = Math.max(-place, -reach[axis]!)
      const to = Math.min(length - 1 - place, reach[axis]!)
      for (let step = from; step <= to; step++) next[at + step * stride] = 1
    }
    mask = next
  }
  return mask
}

export interface PseudoLabelled {
  readonly isStripped: boolean
  /** The shares of the scan's voxels that got the values 1, 2 and 3. */
  readonly shares: readonly [number, number, number]
}

/** Labels the scan at `path` into a file of its own. */
export async function pseudoLabel(model: LayersModel, path: string, out: string): Promise<PseudoLabelled> {
  const { volume, geometry } = await readNifti(path, LIMITS)
  const isStripped = volume.data.filter((v) => v > 0).length * voxelVolumeMl(volume.affine) < MAX_STRIPPED_ML
  const grid = conformedGrid(volume, 1, CONFORMED, false)
  const tissue = await tissueOf(model, volume, grid)
  const labels = restoreLabels({ ...grid, data: reversed(tissue, grid.shape, false) }, volume)
  const near = isStripped ? labels : nearBrain(labels, volume)
  const grey = volume.data.filter((_, at) => labels[at] === 2).sort()
  const dark = grey[Math.floor(DARK_QUANTILE * grey.length)]!
  for (let at = 0; at < labels.length; at++) {
    if (labels[at] !== 0) continue
    if (!isStripped) labels[at] = near[at] === 1 ? CSF_OR_BACKGROUND : 0
    else if (volume.data[at]! > 0) labels[at] = volume.data[at]! < dark ? 1 : UNKNOWN
  }
  await writeFile(out, await encodeLabels({ ...volume, data: labels }, geometry, TISSUE_LABELS))
  const share = (value: number) => labels.filter((v) => v === value).length / labels.length
  return { isStripped, shares: [share(1), share(2), share(3)] }
}

/** Grey (2) and white matter (3) on the model's grid, in its order. */
async function tissueOf(model: LayersModel, scan: Volume<'scan'>, grid: Grid): Promise<Uint8Array> {
  const image = reversed(scaleByQuantiles(resampleTo(scan, grid, 0), CONFORMED ** 3), grid.shape, true)
  const exported = await exportOnnx(model, {}, grid.shape)
  const runtime = await openRuntimeFromBytes(exported.bytes, 'cpu')
  const outputs = await runtime.run({ [INPUT]: float32(image, exported.inputShape) })
  await runtime.close()
  const logits = outputs[OUTPUT]!.data as Float32Array
  const tissue = new Uint8Array(voxelCount(grid.shape))
  for (let at = 0; at < tissue.length; at++) {
    const [bg, wm, gm] = [logits[3 * at]!, logits[3 * at + 1]!, logits[3 * at + 2]!]
    tissue[at] = wm >= bg && wm >= gm ? 3 : gm >= bg ? 2 : 0
  }
  return tissue
}
