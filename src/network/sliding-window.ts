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
import { NOTHING_BEYOND } from '../volume/crop.ts'
import { type FilledRows, filledRows } from '../volume/filled-rows.ts'
import { searchOther } from '../volume/row-search.ts'
import type { LabelVolume } from '../volume/volume.ts'
import { voxelCount } from '../volume/volume.ts'
import { weightSums } from './blend.ts'
import { type Decided, rowDecider } from './decide-row.ts'
import type { Engine } from './engine.ts'
import { latticeOf } from './lattice.ts'
import type { LogitSink } from './logit-sink.ts'
import type { NetworkInput } from './patch-reader.ts'
import { patchReader } from './patch-reader.ts'
import { planeRing } from './plane-ring.ts'
import { tileSink } from './tile-sink.ts'
import { planTiles } from './tiles.ts'

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
  const rows = options.silent && filledRows(searchOther(options.silent, 1), { strides: [1, nx, nx * ny] }, shape)
  const twoBytes = () => ({ labels: new Uint8Array(voxelCount(shape)), confidence: new Uint8Array(voxelCount(shape)) })
  const zones = typeof options.inBrain === 'object' ? options.inBrain : undefined
  const found: Decided = { ...twoBytes(), ...(options.inBrain && { inBrain: twoBytes(), zones }) }
  const { patches, sink } = passOver(input, spec, labelCount, found, rows)
  const readPatch = patchReader(input, Math.max(0, ...patches.map(({ sides }) => voxelCount(sides))))

  for (const [at, patch] of patches.entries()) {
    // The engine may block the thread: one turn of the event loop lets an abort arrive.
    await nextTurn()
    if (options.signal?.aborted) throw new FaultError('cancelled', `cancelled after ${at} of ${patches.length} patches`)
    const [w, h, d] = patch.sides
    const startedMs = performance.now()
    const logits = await engine(readPatch(patch.start, patch.sides), [d, h, w])
    const patchSeconds = (performance.now() - startedMs) / 1000
    if (logits.length !== d * h * w * labelCount) {
      throw new Error(`the engine gave ${logits.length} logits for a patch of ${d}×${h}×${w} and ${labelCount} labels`)
    }
    sink.add(logits, at)
    options.onPatch?.(at + 1, patches.length, patchSeconds)
  }
  sink.release()
  const { labels, confidence, inBrain } = found
  return { shape, affine, data: labels, confidence, ...(inBrain && { inBrain }) }
}

/** What the network is shown at a time. */
interface Patch {
  /** Voxel of the grid at which it begins, along x, y, z. */
  readonly start: readonly [number, number, number]
  readonly sides: readonly [number, number, number]
}

interface Pass {
  readonly patches: readonly Patch[]
  readonly sink: LogitSink
}

function passOver(
  input: NetworkInput,
  spec: InferenceSpec,
  labelCount: number,
  found: Decided,
  rows: FilledRows | undefined,
): Pass {
  const { grid, beyond = NOTHING_BEYOND } = input
  const { shape } = grid
  const decideRow = rowDecider(labelCount, spec.logitShift)
  const sides = spec.patchVoxels
  if ('tiles' in spec) {
    const tiles = planTiles({ shape, beyond, rows }, voxelCount(sides), spec.tiles)
    return { patches: tiles, sink: tileSink(shape, tiles, decideRow, found, rows) }
  }
  const { starts: along, weights } = latticeOf(input, spec)
  const starts = along[2].flatMap((z) => along[1].flatMap((y) => along[0].map((x) => [x, y, z] as const)))
  const sumsAlong = (axis: 0 | 1 | 2) => weightSums(shape[axis], along[axis], weights[axis])
  const sums = [sumsAlong(0), sumsAlong(1), sumsAlong(2)] as const
  const ring = { shape, patchVoxels: sides, starts, labelCount, weights, weightSums: sums, rows }
  return { patches: starts.map((start) => ({ start, sides })), sink: planeRing(ring, decideRow, found) }
}
