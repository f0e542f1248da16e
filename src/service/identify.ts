/** What an upload asks for, checked before it waits its turn: model, channels, grid, options and headers. */
import type { ObjectNames } from '../dicom/object-names.ts'
import { type Belonging, checkTogether } from '../dicom/one-series.ts'
import { FaultError } from '../errors.ts'
import { checkOneHead, commonChannels, DATES, eachDate } from '../inference/dates.ts'
import { chooseGridChannel } from '../inference/grid-channel.ts'
import type { PeekedInput } from '../inference/read-input.ts'
import { type Card, cardSha256 } from '../model/card.ts'
import { chooseModel, type Model } from '../model/registry.ts'
import type { AffineChoice } from '../nifti/affine-source.ts'
import type { JobOptions } from '../store/options.ts'
import { byDate } from './dated-scans.ts'
import { cacheKey, type Fingerprinted } from './fingerprint.ts'
import { SERVICE_VERSION } from './version.ts'

export interface ReceivedScan {
  readonly path: string
  readonly bytes: number
  /** The hash of the file as it was sent, in lower-case hex. */
  readonly sha256: string
}

/** Scans as they were received, and what was chosen with them. */
export interface Received {
  /** Absent: a segmentation. */
  readonly kind?: 'comparison'
  /** By channel; of a comparison by the names of dated-scans.ts. */
  readonly scans: Readonly<Record<string, ReceivedScan>>
  /** Files of a DICOM study in place of scans: which series is which channel is for the rules to say. */
  readonly study?: readonly string[]
  readonly model?: string
  readonly grid?: string
  readonly options: JobOptions
  /** Names of the DICOM objects of the result, where they are fixed already. */
  readonly objects?: ObjectNames
  /** The scans are to stay as long as the result. */
  readonly keepsScans?: true
  /** What the caller calls it. */
  readonly name?: string
  /** Which of the caller's tables it belongs to. */
  readonly cohort?: string
  /** Where the caller wants its end told; allowed already. */
  readonly callback?: string
}

/** What the header of a scan says, held to the limits that the computation has. */
export type Peek = (path: string, choice?: AffineChoice) => Promise<PeekedInput>

export interface Identified {
  readonly asked: Fingerprinted
  /** A key made from everything that the result depends on. */
  readonly resultKey: string
  readonly card: Card
  /** The voxels of the largest scan, by its header. */
  readonly voxels: number
}

/**
 * @throws FaultError unknown-model, those of chooseGridChannel() and checkTogether(), and what headers alone show to be wrong
 */
export async function identify(
  received: Received,
  models: readonly Pick<Model, 'card'>[],
  peek: Peek,
): Promise<Identified> {
  const { scans, model, grid, options } = received
  const { card } = chooseModel(models, model)
  const isOfDates = received.kind === 'comparison'
  const gridChannel = isOfDates ? OF_DATES : chooseGridChannel(Object.keys(scans), card, grid)
  if (isOfDates) checkDates(scans, card)
  let voxels = 0
  const belongings: Record<string, Belonging> = {}
  for (const [channel, { path }] of Object.entries(scans)) {
    const peeked = await peek(path, options.affine).catch((error: unknown) => failOf(channel, error))
    voxels = Math.max(voxels, peeked.voxels)
    if (peeked.belonging !== undefined) belongings[channel] = peeked.belonging
  }
  if (isOfDates) checkOneHead(eachDate((date) => Object.values(byDate(belongings)[date])))
  else checkTogether(Object.values(belongings))
  const hashes = Object.fromEntries(Object.entries(scans).map(([channel, { sha256 }]) => [channel, sha256]))
  const asked = { scans: hashes, modelId: card.id, gridChannel, options }
  return { asked, resultKey: cacheKey(asked, cardSha256(card), SERVICE_VERSION), card, voxels }
}

/** In place of a channel: the grid of a comparison is nobody's own. */
const OF_DATES = 'half-way'

/** @throws FaultError no-scan, unknown-channel, channels-missing */
function checkDates(scans: Received['scans'], card: Card): void {
  const dated = byDate(scans)
  for (const date of DATES) {
    try {
      chooseGridChannel(Object.keys(dated[date]), card)
    } catch (error) {
      if (!(error instanceof FaultError)) throw error
      throw new FaultError(error.fault.kind, `${date}: ${error.message}`, { cause: error })
    }
  }
  commonChannels(
    card.channels.map(({ name }) => name),
    eachDate((date) => new Map(Object.entries(dated[date]))),
  )
}

/** As the computation would say it: a request may hold several files. */
function failOf(channel: string, error: unknown): never {
  if (!(error instanceof FaultError)) throw error
  throw new FaultError(error.fault.kind, `channel ${channel}: ${error.message}`, { cause: error })
}
