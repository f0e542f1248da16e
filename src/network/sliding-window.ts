/**
 * The network sees a grid one patch at a time. Where patches overlap their logits are blended, or the grid is cut into tiles of which
 * each decides its own voxels (tiles.ts), as the card says.
 *
 * Memory is bounded: patches are walked in z order and blended logits are summed in a ring of `patchDepth` planes. A plane that
 * no later patch touches is decided at once (argmax into one byte a voxel) and its place in the ring is used again. So
 * the logits held are 4 · patchDepth · ny · nx · K bytes, never K floats a voxel of the whole grid; tiles hold none. The probability
 * of the label is kept in a second byte a voxel.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { FaultError } from '../errors.ts'
import type { InferenceSpec } from '../model/card.ts'
import { type FilledRows, filledRows } from '../volume/filled-rows.ts'
import type { LabelVolume, Shape } from '../volume/volume.ts'
import { voxelCount } from '../volume/volume.ts'
import { weightSums } from './blend.ts'
import { type Decided, rowDecider } from './decide-row.ts'
import type { Engine } from './engine.ts'
import { latticeOf, tilesOf } from './lattice.ts'
import type { LogitSink } from './logit-sink.ts'
import type { NetworkInput } from './patch-reader.ts'
import { patchReader } from './patch-reader.ts'
import { planeRing, planeRingBytes } from './plane-ring.ts'
import { tileSink } from './tile-sink.ts'

export interface SlidingWindowOptions {
  /**
   * Also what each voxel that is background would be called if nothing were, or each of the brain in these zones
   * (ZONE of known-brain.ts): two bytes a voxel more.
   */
  readonly inBrain?: boolean | Uint8Array
  /** Where it is 1, from either end of a row on, there is no label and no probability, whatever the network says. */
  readonly silent?: Uint8Array
  readonly signal?: AbortSignal
  /** After each patch: how many of how many, and how long this one took in the engine. */
  readonly onPatch?: (done: number, total: number, patchSeconds: number) => void
}

export interface FoundLabels extends LabelVolume {
  /** Softmax probability of each voxel's label, of the blended logits: 0 … 255 for 0 … 1; 0 where it was not asked for. */
  readonly confidence: Uint8Array
  /** If it was asked for, of background: the likeliest other label, and its probability among those, in the same units; else 0. */
  readonly inBrain?: { readonly labels: Uint8Array; readonly confidence: Uint8Array }
}

/**
 * Labels on the model grid, the most likely of `labelCount` values at each voxel (the lower one at a tie).
 * FaultError 'cancelled' when the signal is aborted between two patches.
 */
export async function slidingWindow(
  input: NetworkInput,
  spec: InferenceSpec,
  labelCount: number,
  engine: Engine,
  options: SlidingWindowOptions = {},
): Promise<FoundLabels> {
  const { shape, affine } = input.grid
  const [nx, ny] = shape
  const rows = options.silent && filledRows(options.silent, { strides: [1, nx, nx * ny] }, shape, 1)
  const twoBytes = () => ({ labels: new Uint8Array(voxelCount(shape)), confidence: new Uint8Array(voxelCount(shape)) })
  const zones = typeof options.inBrain === 'object' ? options.inBrain : undefined
  const found: Decided = { ...twoBytes(), ...(options.inBrain && { inBrain: twoBytes(), zones }) }
  const { patchVoxels, starts, sink } = passOver(input, spec, labelCount, found, rows)
  const [w, h, d] = patchVoxels
  const [xStarts, yStarts, zStarts] = starts
  const readPatch = patchReader(input, patchVoxels)

  const total = xStarts.length * yStarts.length * zStarts.length
  let done = 0
  for (const [layer, z] of zStarts.entries()) {
    for (const y of yStarts) {
      for (const x of xStarts) {
        // The engine may block the thread: one turn of the event loop lets an abort arrive.
        await nextTurn()
        if (options.signal?.aborted) throw new FaultError('cancelled', `cancelled after ${done} of ${total} patches`)
        const startedMs = performance.now()
        const logits = await engine(readPatch(x, y, z), [d, h, w])
        const patchSeconds = (performance.now() - startedMs) / 1000
        if (logits.length !== d * h * w * labelCount) {
          throw new Error(
            `the engine gave ${logits.length} logits for a patch of ${d}×${h}×${w} and ${labelCount} labels`,
          )
        }
        sink.add(logits, x, y, z)
        options.onPatch?.(++done, total, patchSeconds)
      }
    }
    sink.finish(Math.max(0, z), Math.max(0, zStarts[layer + 1] ?? shape[2]))
  }
  sink.release()
  const { labels, confidence, inBrain } = found
  return { shape, affine, data: labels, confidence, ...(inBrain && { inBrain }) }
}

/** Bytes of logits that are held at once on a grid of `shape`, for the memory formula of the README: a ring of planes, or one tile. */
export function heldLogitBytes(shape: Shape, spec: InferenceSpec, labelCount: number): number {
  const [w, h, d] = spec.patchVoxels
  return 'tiles' in spec ? 4 * w * h * d * labelCount : planeRingBytes(shape, d, labelCount)
}

interface Pass {
  readonly patchVoxels: readonly [number, number, number]
  /** Of the patches, along x, y, z. */
  readonly starts: readonly [readonly number[], readonly number[], readonly number[]]
  readonly sink: LogitSink
}

function passOver(
  input: NetworkInput,
  spec: InferenceSpec,
  labelCount: number,
  found: Decided,
  rows: FilledRows | undefined,
): Pass {
  const { shape } = input.grid
  const decideRow = rowDecider(labelCount, spec.logitShift)
  if ('tiles' in spec) {
    const plan = tilesOf(input, spec)
    return { patchVoxels: plan.sides, starts: plan.starts, sink: tileSink(shape, plan, decideRow, found, rows) }
  }
  const { patchVoxels } = spec
  const { starts, weights } = latticeOf(input, spec)
  const sumsAlong = (axis: 0 | 1 | 2) => weightSums(shape[axis], starts[axis], weights[axis])
  const sums = [sumsAlong(0), sumsAlong(1), sumsAlong(2)] as const
  const ring = { shape, patchVoxels, labelCount, weights, weightSums: sums, rows }
  return { patchVoxels, starts, sink: planeRing(ring, decideRow, found) }
}
