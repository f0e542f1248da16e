/**
 * Many subjects, one after the other, in this process: the network is loaded once, when the first subject needs it, and no more than
 * one subject's scans are in memory. What is done on disk is not done again, so that a run that was killed goes on where it stopped.
 */
import { join } from 'node:path'
import { type Fault, FaultError } from '../errors.ts'
import type { OnProgress } from '../inference/progress.ts'
import { type OpenNetworks, type SegmentFiles, segmentFiles } from '../inference/segment-files.ts'
import { writeWhole } from '../inference/write-whole.ts'
import { cardSha256 } from '../model/card.ts'
import { WARNINGS } from '../warnings.ts'
import { hashOf, keyOf } from './hash-input.ts'
import { clearPlaces, keepFailure, keepReport, keptFailure, keptReport } from './kept.ts'
import { placesOf, TABLE_NAME } from './places.ts'
import type { Subject } from './subject.ts'
import { type Row, rowReport, tableOf } from './table.ts'

export interface CohortTask extends Pick<SegmentFiles, 'model' | 'limits'> {
  readonly subjects: readonly Subject[]
  /** The folder of the results. */
  readonly out: string
  readonly options: Pick<SegmentFiles, 'gridChannel' | 'flipAverage' | 'affine' | 'strict' | 'sequence'>
  /** The version of the code that decides a result (service/version.ts). */
  readonly codeVersion: string
}

export interface Ended {
  /** The index in task.subjects. */
  readonly at: number
  readonly row: Row
  readonly fault?: Fault
  /** It was there, or it has no scan: nothing was computed. */
  readonly isKept: boolean
}

export interface CohortOptions {
  readonly signal?: AbortSignal
  /** Before a subject is computed. */
  readonly onStart?: (at: number) => void
  readonly onProgress?: OnProgress
  readonly onEnd?: (ended: Ended) => void
  /** Told of an error that is nobody's fault but the program's; the subject fails as 'internal'. */
  readonly onBug?: (error: unknown) => void
}

/** Faults after which the next subject would meet the same. */
const ENDS_ALL: readonly string[] = ['cancelled', 'disk-full', 'not-ready', 'model-invalid']

/**
 * Writes the table anew after every subject: rows of those to come are 'waiting'.
 * @param open is called once at most
 * @throws FaultError cancelled, disk-full, not-ready, model-invalid; every other fault is the row of its subject
 */
export async function segmentCohort(
  task: CohortTask,
  open: () => Promise<OpenNetworks>,
  { signal, onStart, onProgress, onEnd, onBug }: CohortOptions = {},
): Promise<readonly Row[]> {
  const { subjects, out, model } = task
  const rows: Row[] = subjects.map((subject) => rowOf(subject, { status: 'waiting', code: null }))
  const named = {
    labels: model.card.labels.slice(1).map(({ name }) => name),
    channels: model.card.channels.map(({ name }) => name),
  }
  let networks: OpenNetworks | undefined
  for (const [at, subject] of subjects.entries()) {
    const ended = await segmentOne(subject, at)
    rows[at] = ended.row
    await writeWhole(join(out, TABLE_NAME), [Buffer.from(tableOf(rows, named))])
    onEnd?.(ended)
  }
  return rows

  async function segmentOne(subject: Subject, at: number): Promise<Ended> {
    const places = placesOf(out, subject)
    let key: string | undefined
    try {
      if (subject.fault !== undefined) {
        await clearPlaces(places)
        return failed(subject, at, subject.fault, true)
      }
      key = await keyFor(task, subject, signal)
      const kept = await keptReport(places, key)
      if (kept !== null) return { at, row: done(subject, kept), isKept: true }
      const fault = await keptFailure(places, key)
      if (fault !== null) return failed(subject, at, fault, true)
      await clearPlaces(places)
      networks ??= await open()
      onStart?.(at)
      const { options, limits } = task
      const asked = {
        ...{ scans: subject.scans, model, limits, outPath: places.map, picturePath: places.picture },
        ...options,
      }
      const made = await segmentFiles(asked, networks, { ...(signal && { signal }), ...(onProgress && { onProgress }) })
      const chosen = (subject.chosen ?? []).map(({ code, message }) => ({ code, message, ...explained(code) }))
      const report = { ...made, warnings: [...chosen, ...made.warnings] }
      await keepReport(places, key, report, subject)
      return { at, row: done(subject, report), isKept: false }
    } catch (error) {
      if (!(error instanceof FaultError)) {
        onBug?.(error)
        return { at, row: rowOf(subject, { status: 'failed', code: 'internal' }), isKept: false }
      }
      if (ENDS_ALL.includes(error.fault.kind)) throw error
      if (key === undefined) await clearPlaces(places)
      else await keepFailure(places, key, error.fault)
      return failed(subject, at, error.fault, false)
    }
  }
}

/** A key made from everything that decides the result of a subject. */
async function keyFor(task: CohortTask, { scans, chosen }: Subject, signal?: AbortSignal): Promise<string> {
  const { card } = task.model
  const inputs: (readonly [string, string])[] = []
  for (const { name } of card.channels) {
    if (scans[name] !== undefined) inputs.push([name, await hashOf(name, scans[name], signal)])
  }
  const { gridChannel = '', flipAverage = false, affine = '', strict = false, sequence = '' } = task.options
  const options = [gridChannel, flipAverage, affine, strict, sequence]
  return keyOf([task.codeVersion, cardSha256(card), options, inputs, chosen ?? []])
}

function explained(code: keyof typeof WARNINGS) {
  const { means, todo } = WARNINGS[code]
  return { means, todo }
}

function done(subject: Subject, report: Parameters<typeof rowReport>[0]): Row {
  return { ...rowOf(subject, { status: 'done', code: null }), report: rowReport(report) }
}

function failed(subject: Subject, at: number, fault: Fault, isKept: boolean): Ended {
  return { at, row: rowOf(subject, { status: 'failed', code: fault.kind }), fault, isKept }
}

function rowOf({ subject, session, scans }: Subject, state: Pick<Row, 'status' | 'code'>): Row {
  return { subject, session, ...state, scans: Object.keys(scans) }
}
