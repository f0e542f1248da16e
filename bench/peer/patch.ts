/**
 * One patch through our network and through the peer's, in one process, with the options that the service uses, in turns: each its own
 * patch, or the peer's in both where ours takes tiles of any sides.
 */
import { type NetworkShape, openEngine } from '../../src/network/ort.ts'
import { median } from '../../training/evaluation/statistics.ts'

export interface PatchFigures {
  readonly turns: number
  /** Medians, and all of them in the order in which they were taken. */
  readonly oursMs: number
  readonly peerMs: number
  readonly ours: readonly number[]
  readonly peer: readonly number[]
  /** Ours over the peer's: below 1 we are faster. */
  readonly ratio: number
}

export interface Weights {
  readonly card: NetworkShape
  readonly weightsPath: string
}

/** Both were run once before, on zeros. */
export async function measurePatch(
  both: readonly [ours: Weights, peer: Weights],
  turns: number,
): Promise<PatchFigures> {
  const opened = []
  for (const { card, weightsPath } of both) {
    opened.push({ card, of: await openEngine(weightsPath, card, { device: 'cpu', threads: 0 }), ms: [] as number[] })
  }
  for (let turn = 0; turn < turns; turn++) {
    for (const { of, card, ms } of opened) {
      const [w, h, d] = card.inference.tiles ? both[1].card.inference.patchVoxels : card.inference.patchVoxels
      const patch = Float32Array.from({ length: w * h * d * card.channels.length }, (_, at) => Math.sin(at * 0.37))
      const startedMs = performance.now()
      await of.engine(patch, [d, h, w])
      ms.push(performance.now() - startedMs)
    }
  }
  const [ours, peer] = opened.map(({ ms }) => ms) as [number[], number[]]
  for (const { of } of opened) await of.close()
  const [oursMs, peerMs] = [median(ours), median(peer)]
  return { turns, oursMs, peerMs, ratio: oursMs / peerMs, ours, peer }
}
