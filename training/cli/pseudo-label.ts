/**
 * Tissue labels for unlabelled T1 scans, from a model that others trained and gave away (brainchop's
 * model20chan3cls, MIT), run through our own converter: 1 CSF, 2 grey matter, 3 white matter on the scan's own grid.
 * The model knows white and grey matter only. In a skull-stripped scan the rest of the brain is CSF if it is darker
 * than most grey matter, else nobody knows (255); in a whole head what lies within NEAR_MM of the brain is CSF or
 * background (254).
 *
 *   node training/cli/pseudo-label.ts <model.json> <out folder> <scan.nii.gz> …
 */
import '../compile/cpu-backend.ts'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { readNifti } from '../../src/nifti/read.ts'
import { encodeLabels } from '../../src/nifti/write.ts'
import { spacingMm, voxelVolumeMl } from '../../src/volume/affine.ts'
import { resampleTo } from '../../src/volume/resample.ts'
import { restoreLabels } from '../../src/volume/restore-labels.ts'
import type { Grid } from '../../src/volume/volume.ts'
import { voxelCount } from '../../src/volume/volume.ts'
import { exportOnnx, INPUT, OUTPUT } from '../compile/export.ts'
import { loadModel } from '../compile/model-files.ts'
import { float32, openRuntimeFromBytes } from '../compile/runtime.ts'
import { TISSUE_LABELS } from '../method/labels.ts'
import { conformedGrid, reversed, scaleByQuantiles } from '../sources/conform.ts'
import { CSF_OR_BACKGROUND, UNKNOWN } from '../sources/datasets/pseudo-t1.ts'

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

async function main([modelPath, outFolder, ...scans]: string[]): Promise<void> {
  if (modelPath === undefined || outFolder === undefined || scans.length === 0) {
    throw new Error('usage: pseudo-label.ts <model.json> <out folder> <scan.nii.gz> …')
  }
  await tf.setBackend('cpu')
  await mkdir(outFolder, { recursive: true })
  const model = await loadModel(modelPath)
  for (const path of scans) {
    // sub-01_T1w.nii.gz → sub-01.nii.gz: the subject's name (datasets/pseudo-t1.ts)
    const out = join(outFolder, basename(path).replace('_T1w', ''))
    if (existsSync(out)) continue
    const { volume, geometry } = await readNifti(path, LIMITS)
    const stripped = volume.data.filter((v) => v > 0).length * voxelVolumeMl(volume.affine) < MAX_STRIPPED_ML
    const grid = conformedGrid(volume, 1, CONFORMED, false)
    const image = reversed(scaleByQuantiles(resampleTo(volume, grid, 0), CONFORMED ** 3), grid.shape, true)
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
    const labels = restoreLabels({ ...grid, data: reversed(tissue, grid.shape, false) }, volume)
    const near = stripped ? labels : nearBrain(labels, volume)
    const grey = volume.data.filter((_, at) => labels[at] === 2).sort()
    const dark = grey[Math.floor(DARK_QUANTILE * grey.length)]!
    for (let at = 0; at < labels.length; at++) {
      if (labels[at] !== 0) continue
      if (!stripped) labels[at] = near[at] === 1 ? CSF_OR_BACKGROUND : 0
      else if (volume.data[at]! > 0) labels[at] = volume.data[at]! < dark ? 1 : UNKNOWN
    }
    await writeFile(out, await encodeLabels({ ...volume, data: labels }, geometry, TISSUE_LABELS))
    const share = (value: number) => ((100 * labels.filter((v) => v === value).length) / labels.length).toFixed(1)
    console.log(
      `${basename(path)}: ${stripped ? 'stripped' : 'whole head'}, CSF ${share(1)} %, GM ${share(2)} %, WM ${share(3)} %`,
    )
  }
}

await main(process.argv.slice(2))
