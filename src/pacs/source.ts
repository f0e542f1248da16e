/**
 * Where studies come from. A source is asked what changed since a cursor, what a study holds now, and for the instances of a
 * series. What it tells by itself (a webhook) is only a hint to ask: hints get lost.
 */
import type { PartLimits } from './multipart-related.ts'
import type { Sink } from './wado.ts'

export interface StudyName {
  /** What the source calls it; two patients whose studies have one UID are two. */
  readonly key: string
  readonly studyInstanceUid: string
}

export interface SeenStudy extends StudyName {
  /** Another one when something came to the study; '' where the source cannot tell. */
  readonly stamp: string
}

export interface Changes {
  /** To ask with the next time. */
  readonly cursor: string
  readonly studies: readonly SeenStudy[]
  /** Whether there may be more at once. */
  readonly isMore: boolean
}

/** What a source says of a series before it is fetched. Its texts may name a patient: for choosing alone, never for a log. */
export interface SeenSeries {
  readonly key: string
  readonly seriesInstanceUid: string
  readonly modality: string
  readonly number: number | null
  readonly description: string
  readonly manufacturer: string
  /** There now. */
  readonly instances: number
  /** To be, where that is known. */
  readonly expected: number | null
}

export interface Source {
  readonly name: string
  readonly everyMs: number
  /** @param cursor null: never asked before */
  readonly changes: (cursor: string | null, signal: AbortSignal) => Promise<Changes>
  /** The studies with that UID, by which a person names one: none, or one for each patient that has it. */
  readonly find: (studyInstanceUid: string, signal: AbortSignal) => Promise<readonly StudyName[]>
  /** null: it is gone. */
  readonly series: (study: StudyName, signal: AbortSignal) => Promise<readonly SeenSeries[] | null>
  /** SOP Instance UIDs. */
  readonly instances: (study: StudyName, series: SeenSeries, signal: AbortSignal) => Promise<readonly string[]>
  /** @returns how many there were. @throws PacsError, as all of these */
  readonly pull: (
    study: StudyName,
    series: SeenSeries,
    sink: Sink,
    limits: PartLimits,
    signal: AbortSignal,
  ) => Promise<number>
  readonly close: () => void
}
