/**
 * The labels of a head on the model grid: its scans as the network sees them, the network in patches, and what the card asks to be
 * done with what it found. A brain that was known but cut, by what the network says, is looked for once more with more around it, and
 * if that was no end either in the whole head.
 */
import type { Pipeline } from '../model/card.ts'
import type { Engine } from '../network/engine.ts'
import { type FoundLabels, type SlidingWindowOptions, slidingWindow } from '../network/sliding-window.ts'
import { fillBrain, fillFound } from '../postprocess/fill-brain.ts'
import { postprocess } from '../postprocess/postprocess.ts'
import type { KnownBrain } from '../preprocess/known-brain.ts'
import { type Prepared, preprocess } from '../preprocess/preprocess.ts'
import { longestEdgeMm } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume, Volume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import { goesOn } from './where-brain-is.ts'

export interface FindLabelsOptions extends Pick<SlidingWindowOptions, 'signal'> {
  /** Where the brain is; null: it may be anywhere. */
  readonly known: KnownBrain | null
  /** Once the network's input is made of the scans: their voxels may go. */
  readonly onRead: () => void
  /** The scans with their voxels, for the rare head that has to be looked at once more; their `onRead` is as that above. */
  readonly again: () => Promise<{ readonly scans: ReadonlyMap<string, Volume<'scan'>>; readonly onRead: () => void }>
  /** Before the first patch: the channels that the network will see. */
  readonly notAssessable: (channels: readonly string[]) => readonly number[]
  /** Lesions that are too small or too doubtful to be called so are wanted too. */
  readonly keepsDoubtful?: boolean
  /** As in SegmentOptions. */
  readonly scannedEdgesMm?: ReadonlyMap<string, number>
  /** After each patch: how many of how many, how long this one took in the engine, and all of them so far. */
  readonly onPatch: (done: number, total: number, patchSeconds: number, inferSeconds: number) => void
  /** After the last patch. */
  readonly onFound?: () => void
}

export interface LabelledHead {
  readonly prepared: Prepared
  /** As the network says. */
  readonly found: FoundLabels
  readonly cleaned: LabelVolume
  /** The values of the lesions that were not called so; absent if not asked for. */
  readonly doubtful?: LabelVolume
  readonly stagesMs: { readonly preprocess: number; readonly infer: number; readonly postprocess: number }
  readonly warnings: readonly Warning[]
}

const CUT: Warning = {
  code: 'brain-doubtful',
  message: 'tissue goes on where the brain was thought to end, so the model was shown the whole head',
}

/** Faults: 'cancelled', those of preprocess(). */
export async function findLabels(
  scans: ReadonlyMap<string, Volume<'scan'>>,
  card: Pipeline,
  engine: Engine,
  options: FindLabelsOptions,
): Promise<LabelledHead> {
  const { known, onRead, again, notAssessable, scannedEdgesMm, onPatch, onFound, signal } = options
  const startedMs = performance.now()
  const prepared = preprocess(scans, card, known)
  onRead()
  const preparedMs = performance.now()
  const { silent, zones } = prepared
  const isSilenceBackground = card.postprocess.silenceIsBackground === true
  const found = await slidingWindow(prepared, card.inference, card.labels.length, engine, {
    // postprocess() would make them background
    ...(isSilenceBackground && { silent }),
    inBrain: zones ?? (isSilenceBackground && silent.includes(1)),
    ...(signal && { signal }),
    onPatch: (done, total, seconds) => onPatch(done, total, seconds, (performance.now() - preparedMs) / 1000),
  })
  const foundMs = performance.now()
  onFound?.()
  if (zones) fillFound(found, zones)
  else fillBrain(found, silent)
  if (found.inBrain) for (const { buffer } of Object.values(found.inBrain)) release({ buffer })
  const shown = card.channels.flatMap(({ name }, c) => (prepared.channels[c] === null ? [] : [name]))
  const longestEdgesMm = card.channels.map(({ name }) => {
    const scan = scans.get(name)
    return scan === undefined ? null : (scannedEdgesMm?.get(name) ?? longestEdgeMm(scan.affine))
  })
  const doubtful = options.keepsDoubtful ? { ...found, data: new Uint8Array(found.data.length) } : undefined
  const cleaned = postprocess(found, card, { ...prepared, longestEdgesMm }, notAssessable(shown), doubtful?.data)
  const stagesMs = {
    preprocess: preparedMs - startedMs,
    infer: foundMs - preparedMs,
    postprocess: performance.now() - foundMs,
  }
  if (zones === undefined || !goesOn(cleaned, zones, card.labels)) {
    const warnings = known?.isCut ? [CUT] : []
    return { prepared, found, cleaned, ...(doubtful && { doubtful }), stagesMs, warnings }
  }
  for (const bytes of [found.data, found.confidence, cleaned.data]) release(bytes)
  for (const channel of prepared.channels) if (channel !== null) release(channel.data)
  const read = await again()
  const more = known!.wider?.() ?? { ...known!, isCut: true as const }
  const whole = await findLabels(read.scans, card, engine, { ...options, known: more, onRead: read.onRead })
  return { ...whole, stagesMs: sumOfStages(stagesMs, whole.stagesMs) }
}

/** Time of two looks at a head, stage by stage. */
export function sumOfStages(
  first: LabelledHead['stagesMs'],
  second: LabelledHead['stagesMs'],
): LabelledHead['stagesMs'] {
  return {
    preprocess: first.preprocess + second.preprocess,
    infer: first.infer + second.infer,
    postprocess: first.postprocess + second.postprocess,
  }
}
