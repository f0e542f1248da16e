/**
 * Brain masks for unlabelled heads of any contrast, from brainchop's MindGrab (MIT) run through our own converter: 1 brain with its
 * fluid, 0 outside, 2 the rim between, where nobody is sure; on the scan's own grid. At 2 mm MindGrab's masks are too wide, and what is
 * too much is taken off: of four T1s (NiChart) 6 mm less agree best with where another tool found brain and fluid (Dice .93 in place
 * of .86). In a scan that is stripped already the mask is what is not zero, holes filled.
 */
import '../compile/cpu-backend.ts'
import { writeFile } from 'node:fs/promises'
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
import { conformedGrid, reversed, scaleByQuantiles } from './conform.ts'
import { RIM } from './datasets/brain-masks.ts'
import { TRAINING_LIMITS } from './datasets/limits.ts'
import { MINDGRAB_MM, openMindgrab } from './mindgrab.ts'

const CONFORMED = 128
/** In a stripped scan at least this share of the voxels is exactly 0, and no brain with its fluid is larger. */
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

/**
 * Reads a scan and writes its mask.
 * @param modelPath MindGrab's model.json
 * @returns the volume of the brain without its rim
 * @throws FaultError of a scan that cannot be read
 */
export async function maskBrain(
  modelPath: string,
  scanPath: string,
  out: string,
): Promise<{ readonly isStripped: boolean; readonly brainMl: number }> {
  const { volume, geometry } = await readScan(scanPath, TRAINING_LIMITS)
  const voxelMl = voxelVolumeMl(volume.affine)
  const shown = volume.data.reduce((count, value) => count + (value === 0 ? 0 : 1), 0)
  const isStripped = shown <= (1 - STRIPPED_SHARE) * volume.data.length && shown * voxelMl < MAX_STRIPPED_ML
  const data = isStripped ? filled(volume.data, volume.shape) : await maskOf(volume, modelPath)
  await writeFile(out, await encodeLabels({ ...volume, data }, geometry, BRAIN_LABELS))
  return { isStripped, brainMl: data.reduce((count, value) => count + (value === 1 ? 1 : 0), 0) * voxelMl }
}
