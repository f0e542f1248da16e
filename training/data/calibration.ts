/** Patches of real scans as a network gets them when it serves: what its convolutions are watched on. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { segment } from '../../src/inference/segment.ts'
import { cardSchema, type Pipeline } from '../../src/model/card.ts'
import { readVolume } from '../sources/datasets/read-volume.ts'

/** One patch of a scan in EVERY is taken, up to a limit, because neighbours show the same. */
const EVERY = 4
const MOST = 4

const calibrationSchema = z.strictObject({
  /** Path to the card whose preprocessing the network serves with, from the file's folder. */
  card: z.string(),
  /** Channel → path below the data folder, for each case; none of those that the model is evaluated on. */
  scans: z.array(z.record(z.string(), z.string())).min(1),
})

export interface Calibration {
  readonly card: Pipeline
  readonly scans: readonly Readonly<Record<string, string>>[]
}

export async function readCalibration(file: string): Promise<Calibration> {
  const { card, scans } = calibrationSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  return { card: cardSchema.parse(JSON.parse(await readFile(join(dirname(file), card), 'utf8'))), scans }
}

/** @returns inputs [C, D, H, W] of the network, four or fewer a case */
export async function calibrationPatches({ card, scans }: Calibration, dataDir: string): Promise<Float32Array[]> {
  const patches: Float32Array[] = []
  for (const files of scans) {
    const read = Object.entries(files).map(
      async ([name, path]) => [name, await readVolume(join(dataDir, path), 'scan')] as const,
    )
    patches.push(...(await patchesOf(new Map(await Promise.all(read)), card)))
  }
  return patches
}

async function patchesOf(scans: Parameters<typeof segment>[0], card: Pipeline): Promise<Float32Array[]> {
  const patches: Float32Array[] = []
  let count = 0
  await segment(scans, card, async (input, [d, h, w]) => {
    if (count++ % EVERY === 1 && patches.length < MOST) patches.push(input.slice())
    return new Float32Array(card.labels.length * d * h * w)
  })
  return patches
}
