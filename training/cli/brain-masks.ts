/**
 * Brain masks for unlabelled heads of any contrast, from brainchop's MindGrab (MIT) run through our own converter: 1 brain with its
 * fluid, 0 outside, 2 the rim between, where nobody is sure; on the scan's own grid. At 2 mm MindGrab's masks are too wide, and what is
 * too much is taken off: of four T1s (NiChart) 6 mm less agree best with where another tool found brain and fluid (Dice .93 in place
 * of .86). In a scan that is stripped already the mask is what is not zero, holes filled.
 *
 *   node training/cli/brain-masks.ts <model.json> <data folder> <out folder> <scan, relative to the data folder> …
 */
import '../compile/cpu-backend.ts'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { readScan } from '../../src/formats/read.ts'
import { connectedComponents, largestComponent } from '../../src/labels/components.ts'
import { outside } from '../../src/labels/outside.ts'
import { encodeLabels } from '../../src/nifti/write.ts'
import { spread } from '../../src/postprocess/spread.ts'
import { voxelVolumeMl } from '../../src/volume/affine.ts'
import { resampleTo } from '../../src/volume/resample.ts'
import { restoreLabels } from '../../src/volume/restore-labels.ts'
import type { Shape, Volume } from '../../src/volume/volume.ts'
import { exportOnnx, INPUT, OUTPUT } from '../compile/export.ts'
import { float32, openRuntimeFromBytes } from '../compile/runtime.ts'
import { BRAIN_LABELS } from '../method/labels.ts'
import { conformedGrid, reversed, scaleByQuantiles } from '../sources/conform.ts'
import { maskFile, RIM } from '../sources/datasets/brain-masks.ts'
import { TRAINING_LIMITS } from '../sources/datasets/limits.ts'
import { MINDGRAB_MM, openMindgrab } from '../sources/mindgrab.ts'

const CONFORMED = 128
/** Of a stripped scan at least this share of the voxels is exactly 0, and no brain with its fluid is larger. */
const STRIPPED_SHARE = 0.2
const MAX_STRIPPED_ML = 2200
const TOO_WIDE_MM = 4
const RIM_MM = 2

/** 1 in what is not zero and in the holes of it. */
function filled(values: Float32Array, shape: Shape): Uint8Array {
  const shown = Uint8Array.from(values, (value) => (value !== 0 ? 1 : 0))
  return outside(shown, shape, 0).map((isOutside) => 1 - isOutside)
}

/** The mask of one head on its own grid. */
async function maskOf(scan: Volume<'scan'>, modelPath: string): Promise<Uint8Array> {
  const grid = conformedGrid(scan, MINDGRAB_MM, CONFORMED, true)
  const image = reversed(scaleByQuantiles(resampleTo(scan, grid, 0), CONFORMED ** 3), grid.shape, true)
  const exported = await exportOnnx(await openMindgrab(modelPath, grid.shape as [number, number, number]), {})
  const runtime = await openRuntimeFromBytes(exported.bytes, 'cpu')
  const logits = (await runtime.run({ [INPUT]: float32(image, exported.inputShape) }))[OUTPUT]!.data as Float32Array
  await runtime.close()
  const found = Uint8Array.from({ length: logits.length / 2 }, (_, at) =>
    logits[2 * at + 1]! > logits[2 * at]! ? 1 : 0,
  )
  const mask = reversed(found, grid.shape, false)
  const { ids, voxels } = connectedComponents(mask, grid.shape, [1], 6)
  const largest = largestComponent({ voxels })
  const piece = mask.map((_, at) => (ids[at] === largest ? 1 : 0))
  const around = outside(piece, grid.shape, 0)
  const everywhere = new Uint8Array(around.length).fill(1)
  spread(around, grid.shape, Math.round(TOO_WIDE_MM / MINDGRAB_MM), everywhere)
  const values = around.map((isOutside) => 1 - isOutside)
  spread(around, grid.shape, Math.round(RIM_MM / MINDGRAB_MM), everywhere)
  for (let at = 0; at < values.length; at++) if (values[at] === 1 && around[at] === 1) values[at] = RIM
  return restoreLabels({ ...grid, data: values }, scan)
}

async function main([modelPath, dataDir, outFolder, ...scans]: string[]): Promise<void> {
  if (modelPath === undefined || dataDir === undefined || outFolder === undefined || scans.length === 0) {
    throw new Error(
      'usage: brain-masks.ts <model.json> <data folder> <out folder> <scan, relative to the data folder> …',
    )
  }
  await tf.setBackend('cpu')
  await mkdir(outFolder, { recursive: true })
  for (const path of scans) {
    const out = join(outFolder, maskFile(path))
    if (existsSync(out)) continue
    const { volume, geometry } = await readScan(join(dataDir, path), TRAINING_LIMITS)
    const silent = volume.data.reduce((count, value) => count + (value === 0 ? 1 : 0), 0)
    const isStripped =
      silent > STRIPPED_SHARE * volume.data.length &&
      (volume.data.length - silent) * voxelVolumeMl(volume.affine) < MAX_STRIPPED_ML
    const data = isStripped ? filled(volume.data, volume.shape) : await maskOf(volume, modelPath)
    await writeFile(out, await encodeLabels({ ...volume, data }, geometry, BRAIN_LABELS))
    const ml = data.reduce((count, value) => count + (value > 0 ? 1 : 0), 0) * voxelVolumeMl(volume.affine)
    console.log(`${path}: ${isStripped ? 'stripped' : 'whole head'}, ${ml.toFixed(0)} mL`)
  }
}

await main(process.argv.slice(2))
