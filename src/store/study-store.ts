/**
 * Studies that arrive from a PACS, one row for each rule that may want one, and the sources that they come from.
 *
 *   (touch) ──▶ open ──begin──▶ ready ──submitted──▶ running ──ended──▶ done, parked
 *                ▲  │                                                      │
 *                │  └────settle────▶ done, parked, ignored                 │
 *                └──────────── (touch) ◀───────────────────────────────────┘
 *
 *   open     more may come; looked at when something came and when its time is up
 *   ready    decided: to be fetched and computed
 *   running  its job waits or is computed
 *   done     nothing is to be done until something comes
 *   parked   it cannot be computed as it is; somebody may look, and what comes opens it again
 *   ignored  not for this rule; by hand: not even when something comes
 *
 * Whoever takes a source or a study holds it for a while, and says what it found with the token of that take: what an
 * earlier holder says is refused. What came to a study while it was held is not lost: it is due again at once.
 */

export const STUDY_STATES = ['open', 'ready', 'running', 'done', 'parked', 'ignored'] as const
export type StudyState = (typeof STUDY_STATES)[number]
export type SettledState = 'done' | 'parked' | 'ignored'

/** The reason of a study that a person put aside. */
export const BY_HAND = 'by-hand'

export interface HeldSource {
  readonly name: string
  /** null: it was never read. */
  readonly cursor: string | null
  readonly token: number
}

export interface TouchedStudy {
  readonly key: string
  readonly studyInstanceUid: string
  /** The same one again is no touch. */
  readonly stamp: string
}

export interface StoredStudy {
  readonly id: string
  /** In the order in which they came, rising. */
  readonly place: number
  readonly source: string
  /** What its source calls it. */
  readonly key: string
  readonly rule: string
  readonly studyInstanceUid: string
  readonly state: StudyState
  /** Why it is parked, ignored or done without a job. */
  readonly reason: string | null
  /** What is known of its series; JSON of whoever looks at it. */
  readonly facts: unknown
  /** The series that are computed, as begin() was told. */
  readonly chosen: unknown
  readonly intakeKey: string | null
  readonly jobId: string | null
  readonly openedAtMs: number
  readonly createdAtMs: number
  readonly dueAtMs: number
  readonly failures: number
  readonly lastError: string | null
}

export interface HeldStudy extends StoredStudy {
  readonly token: number
  /** By the clock of the engine: the time to decide with. */
  readonly nowMs: number
  /** Keys of all that was made of studies with this UID. */
  readonly intakes: readonly string[]
}

export interface Intake {
  /** A key made from the instances, the model and its options. */
  readonly key: string
  readonly chosen: unknown
  readonly facts: unknown
  /** Whether it may run where this study was run before. */
  readonly isRerunAllowed: boolean
}

export interface StudyCount {
  readonly state: StudyState
  readonly count: number
  /** Since when the first of them is waited for. */
  readonly oldestMs: number
}

export interface StudyStore {
  /** The source, if it is due and nobody has it; made where it is new. */
  takeSource(name: string, holdMs: number): Promise<HeldSource | undefined>
  /**
   * The cursor moves, and the studies are touched for each of the rules, in one transaction.
   * @param waitMs until it is due again
   * @returns false when it was held too long and is another's; nothing was changed
   */
  advance(
    source: HeldSource,
    cursor: string,
    studies: readonly TouchedStudy[],
    rules: readonly string[],
    waitMs: number,
  ): Promise<boolean>
  /** It is still being read. @returns false: it is another's */
  renewSource(source: HeldSource, holdMs: number): Promise<boolean>
  /** It could not be read. */
  releaseSource(source: HeldSource, waitMs: number): Promise<boolean>
  /** Something may have come: it is due now. */
  hint(name: string): Promise<void>
  /** By hand: as if something had come. */
  touch(source: string, studies: readonly TouchedStudy[], rules: readonly string[]): Promise<void>

  /** The one of `open` or `ready` that is due for longest, held for so long. */
  take(holdMs: number): Promise<HeldStudy | undefined>
  /** Somebody is still at it. @returns false: it is another's, or was put aside */
  renew(study: HeldStudy, holdMs: number): Promise<boolean>
  /** Still open, with these facts. */
  wait(study: HeldStudy, facts: unknown, waitMs: number): Promise<boolean>
  /** A look or a fetch failed; it stays what it was. */
  failed(study: HeldStudy, error: string, waitMs: number): Promise<boolean>
  settle(study: HeldStudy, state: SettledState, reason: string, facts: unknown): Promise<boolean>
  /**
   * It is to be computed: `ready`. Or these very instances were before (`known`), here or at another source: it is done, or
   * what its job left it as. Or it was run before with others, and may not be again (`refused`): it is parked.
   * @returns undefined: it was held too long and is another's; nothing was changed
   */
  begin(study: HeldStudy, intake: Intake): Promise<'ready' | 'known' | 'refused' | undefined>
  /** What was fetched is not what was decided on: it is open again, as if begin() had not been called. */
  takeBack(study: HeldStudy): Promise<boolean>
  submitted(study: HeldStudy, jobId: string): Promise<boolean>
  /** What was fetched makes no job, and never will: it is parked, until something else comes. */
  refuse(study: HeldStudy, reason: string): Promise<boolean>
  /** Ends the study whose job it is, if there is one; what came in the meantime opens it again. */
  ended(jobId: string, state: 'done' | 'parked', reason: string): Promise<StoredStudy | undefined>

  get(id: string): Promise<StoredStudy | undefined>
  /** Keys of what was made of this one, the first first; a retry forgets those before it. */
  intakesOf(id: string): Promise<readonly string[]>
  /** The latest first. */
  list(query: {
    readonly state?: StudyState
    readonly before?: number
    readonly limit: number
  }): Promise<readonly StoredStudy[]>
  /** From the beginning, forgetting that it was computed; not while it is ready or running. @returns undefined: not so */
  retry(id: string): Promise<StoredStudy | undefined>
  /** For good, until retry(); not while it is running. @returns undefined: not so */
  ignore(id: string): Promise<StoredStudy | undefined>
  /** Drops those that were settled so long ago, and what was made of them: what comes of them later is new. */
  dropOld(keepMs: number): Promise<void>
  /** The numbers of studies that are neither done nor ignored. */
  counts(): Promise<readonly StudyCount[]>
  /** Tells that a source or a study may be due, as JobStore.onChange() does of changes. @returns how to stop */
  onDue(listener: () => void): () => void
}
