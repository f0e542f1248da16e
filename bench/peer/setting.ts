/** Both services with one scan, so many times at once, in turns. Each setting has processes of its own: their peaks are its. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readNifti } from '../../src/nifti/read.ts'
import type { LabelVolume } from '../../src/volume/volume.ts'
import { median } from '../../training/evaluation/statistics.ts'
import type { Answer } from '../load/ask.ts'
import { type Agreement, agreementOf, mediansOf } from './figures.ts'
import { type PeakMemory, watchMemory } from './peak-memory.ts'
import type { Scan, Side, Stages } from './side.ts'

const NO_LIMITS = { maxFileBytes: 2 ** 40, maxInflatedBytes: 2 ** 40, maxVoxels: 2 ** 40 }

export interface SideFigures {
  readonly startSeconds: number
  /** From the first byte of the first request to the last of the last label map: the median, and every turn. */
  readonly seconds: number
  readonly all: readonly number[]
  /** `seconds`, divided by the voxels of all scans. */
  readonly nanosecondsAVoxel: number
  /** Medians over all requests, in seconds, as the service tells them. */
  readonly stages: Stages
  /** How many patches one scan has. */
  readonly patches: number
  /** Seconds of one scan inside onnxruntime, and as a share of one scan's part of `seconds`. */
  readonly onnxruntime: { readonly seconds: number; readonly share: number; readonly isEstimated: boolean }
  readonly everythingElse: { readonly seconds: number; readonly share: number }
  readonly memory: PeakMemory
}

export interface SettingFigures {
  readonly scan: string
  readonly voxels: number
  readonly atOnce: number
  readonly turns: number
  readonly ours: SideFigures
  readonly peer: SideFigures
  /** Seconds, ours over the peer's: below 1 we are faster. */
  readonly ratio: number
  /** Sums of peaks, ours over the peer's: below 1 we need less. */
  readonly memoryRatio: number
  /** How well the label maps of the last turn agree. */
  readonly agreement: Agreement
}

export interface Setting {
  readonly scan: Scan
  /** Sent once before anything is measured. */
  readonly warmUp: Scan
  readonly atOnce: number
  readonly turns: number
  /** In the order in which they take their turns. */
  readonly start: Readonly<Record<'ours' | 'peer', () => Promise<Side>>>
  /** Seconds of one patch in onnxruntime, for a service that does not count them. */
  readonly patchSeconds: number
  /** The names of the labels, by value. */
  readonly labelNames: readonly string[]
}

interface Measured {
  readonly side: Side
  readonly seconds: number[]
  readonly stages: Stages[]
  readonly stopWatching: () => PeakMemory
  lastMap: Buffer
}

/** Rejects where a service gives no label map. */
export async function measureSetting(setting: Setting): Promise<SettingFigures> {
  const { scan, atOnce, turns } = setting
  const sides: Measured[] = []
  try {
    for (const begin of [setting.start.ours, setting.start.peer]) {
      const side = await begin()
      sides.push({ side, seconds: [], stages: [], stopWatching: watchMemory(side.pid), lastMap: Buffer.alloc(0) })
    }
    for (const { side } of sides) await side.send(setting.warmUp)
    const before = await Promise.all(sides.map(({ side }) => side.network()))
    for (let turn = 0; turn < turns; turn++) for (const measured of sides) await takeTurn(measured, scan, atOnce)
    const figures: SideFigures[] = []
    for (const [n, measured] of sides.entries()) figures.push(await figuresOf(measured, setting, before[n]!))
    const [ours, peer] = figures as [SideFigures, SideFigures]
    const maps = await Promise.all(sides.map(({ lastMap }) => readLabels(lastMap)))
    return {
      ...{ scan: scan.name, voxels: scan.voxels, atOnce, turns, ours, peer },
      ratio: ours.seconds / peer.seconds,
      memoryRatio: ours.memory.sumOfPeaksMiB / peer.memory.sumOfPeaksMiB,
      agreement: agreementOf(maps[0]!, maps[1]!, setting.labelNames),
    }
  } finally {
    for (const { side, stopWatching } of sides) {
      stopWatching()
      await side.end()
    }
  }
}

async function takeTurn(measured: Measured, scan: Scan, atOnce: number): Promise<void> {
  const startedMs = performance.now()
  const answers: Answer[] = await Promise.all(Array.from({ length: atOnce }, () => measured.side.send(scan)))
  measured.seconds.push((performance.now() - startedMs) / 1000)
  for (const answer of answers) measured.stages.push(await measured.side.stages(answer))
  measured.lastMap = answers[0]!.body
}

async function figuresOf(
  { side, seconds: all, stages, stopWatching }: Measured,
  { scan, atOnce, turns, patchSeconds }: Setting,
  before: Awaited<ReturnType<Side['network']>>,
): Promise<SideFigures> {
  const after = await side.network()
  const patches = (after.patches - before.patches) / (turns * atOnce)
  const counted = after.seconds !== undefined && before.seconds !== undefined
  const inNetwork = counted ? (after.seconds - before.seconds) / (turns * atOnce) : patches * patchSeconds
  const seconds = median(all)
  const oneScan = seconds / atOnce
  return {
    startSeconds: side.startSeconds,
    ...{ seconds, all },
    nanosecondsAVoxel: (1e9 * oneScan) / scan.voxels,
    stages: mediansOf(stages),
    patches,
    onnxruntime: { seconds: inNetwork, share: inNetwork / oneScan, isEstimated: !counted },
    everythingElse: { seconds: oneScan - inNetwork, share: 1 - inNetwork / oneScan },
    memory: stopWatching(),
  }
}

/** @param map the bytes of a `.nii.gz` */
async function readLabels(map: Buffer): Promise<LabelVolume> {
  const folder = mkdtempSync(join(tmpdir(), 'onelabel-maps-'))
  try {
    const path = join(folder, 'labels')
    writeFileSync(path, map)
    const { volume } = await readNifti(path, NO_LIMITS, undefined, 'labels')
    return { ...volume, data: Uint8Array.from(volume.data) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
