/** Scans that are refused may leave a report in their study that says so, in place of a result. */
import { writeRefusal } from '../dicom/refusal-write.ts'
import type { SourceSeries } from '../dicom/source-series.ts'
import { FAULTS, FaultError } from '../errors.ts'
import type { Card } from '../model/card.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import type { ObjectsTask } from './dicom-objects.ts'
import { readInputSource } from './read-input.ts'
import { writeWhole } from './write-whole.ts'

export interface Refused {
  /** Channel → path of what readInput() reads. */
  readonly scans: Readonly<Record<string, string>>
  readonly card: Card
  readonly limits: NiftiLimits
}

/**
 * Writes the report where `error` is a refusal, `task` asks for it and the scans are DICOM. Headers are read again: it may be
 * the reading of a scan that was refused.
 * Faults: those of readInputSource(), disk-full.
 */
export async function reportRefusal(
  task: ObjectsTask,
  error: unknown,
  { scans, card, limits }: Refused,
): Promise<void> {
  const { refusalPath, names, madeMs, softwareVersion } = task
  if (refusalPath === undefined || names?.refusal === undefined) return
  if (!(error instanceof FaultError) || !FAULTS[error.fault.kind].isRefusal) return
  const sources: SourceSeries[] = []
  for (const { name } of card.channels) {
    const source = scans[name] === undefined ? undefined : await readInputSource(scans[name], limits)
    if (source !== undefined) sources.push(source)
  }
  const [first, ...others] = sources
  if (first === undefined) return
  const { id, version, weights } = card
  // The object is named by whoever asks for it, so nothing of it is made of the key.
  const intakeKey = names.refusal.sopInstanceUid
  const model = { id, version, sha256: weights.sha256 }
  const making = { intakeKey, names, made: new Date(madeMs), softwareVersion, model }
  const report = writeRefusal({ sources: [first, ...others], fault: error.fault, making })
  await writeWhole(refusalPath, report.chunks())
}
