/** Under which keys the results of an attempt lie among the blobs. */
import { MADE_KINDS, type MadeKind } from '../dicom/object-names.ts'
import { FAULTS, type Fault } from '../errors.ts'
import { COMPARISON_FILES, type ComparisonFile, FATES_FILE, midwayScanFile } from '../inference/comparison-files.ts'
import { isComparison } from '../inference/comparison-report.ts'
import { DATES } from '../inference/dates.ts'
import type { JobReport } from '../store/job.ts'
import type { Claim, StoredJob } from '../store/job-store.ts'
import { includesConfidence } from '../store/options.ts'
import { kindOf, type StoredTask } from '../store/task.ts'
import { byDate } from './dated-scans.ts'

/** A name of its own for each attempt: a worker that was taken for dead cannot overwrite the result of the next. */
export function labelsKeyOf({ id, token }: Pick<Claim, 'id' | 'token'>): string {
  return `${id}/labels-${token}.nii.gz`
}

/** The key of the confidence map of the same attempt. */
export function confidenceKeyOf(labelsKey: string): string {
  return labelsKey.replace('/labels-', '/confidence-')
}

/** The key of the PDF of the same attempt. */
export function pdfKeyOf(labelsKey: string): string {
  return labelsKey.replace('/labels-', '/page-').replace(/\.nii\.gz$/, '.pdf')
}

/** The key of a DICOM object of the same attempt. */
export function objectKeyOf(labelsKey: string, kind: MadeKind): string {
  return labelsKey.replace('/labels-', `/${kind}-`).replace(/\.nii\.gz$/, '.dcm')
}

/** The key of a file of the same attempt at a comparison, by the file's name (comparison-files.ts). */
export function comparisonKeyOf(labelsKey: string, file: ComparisonFile): string {
  if (file === FATES_FILE) return labelsKey
  const [, stem, end] = /^([^.]+)(\..+)$/.exec(file)!
  return labelsKey.replace('/labels-', `/${stem}-`).replace(/\.nii\.gz$/, end!)
}

/** The files of a comparison that are kept as blobs, the one that its other keys are named after last; the report is kept with the job. */
export function comparisonFiles(channels: readonly string[]): readonly ComparisonFile[] {
  const ofScans = DATES.flatMap((date) => channels.map((channel) => midwayScanFile(date, channel)))
  const others = COMPARISON_FILES.filter((file) => file !== FATES_FILE && file !== 'report.json')
  return [...others, ...ofScans, FATES_FILE]
}

/** What lies among the blobs of a job that succeeded, the label map last. */
export function keptKeysOf(report: JobReport, options: StoredTask['options'], labelsKey: string): readonly string[] {
  if (isComparison(report)) return comparisonFiles(report.usedChannels).map((file) => comparisonKeyOf(labelsKey, file))
  return [
    ...(includesConfidence(options) ? [confidenceKeyOf(labelsKey)] : []),
    ...(report.pdf ? [pdfKeyOf(labelsKey)] : []),
    ...(report.objects ?? []).map((kind) => objectKeyOf(labelsKey, kind)),
    labelsKey,
  ]
}

/** Everything that an attempt may have put among the blobs. */
export function resultKeysOf(labelsKey: string, task: Pick<StoredTask, 'kind' | 'scans'>): readonly string[] {
  if (kindOf(task) === 'comparison') {
    const channels = new Set(Object.values(byDate(task.scans)).flatMap((ofDate) => Object.keys(ofDate)))
    return comparisonFiles([...channels]).map((file) => comparisonKeyOf(labelsKey, file))
  }
  const ofAll = [labelsKey, confidenceKeyOf(labelsKey), pdfKeyOf(labelsKey)]
  return [...ofAll, ...MADE_KINDS.map((kind) => objectKeyOf(labelsKey, kind))]
}

/** Whether a job that fails so leaves a report that says why. */
export function isRefusalReported({ objects }: Pick<StoredTask, 'objects'>, { kind }: Pick<Fault, 'kind'>): boolean {
  return objects?.refusal !== undefined && FAULTS[kind].isRefusal === true
}

/** The key of the report that a job left where its scans were refused and somebody wanted to be told so; else null. */
export function refusalKeyOf({ job, task, attempt }: Pick<StoredJob, 'job' | 'task' | 'attempt'>): string | null {
  if (job.state !== 'failed' || job.fault === null || !isRefusalReported(task, job.fault)) return null
  return objectKeyOf(labelsKeyOf({ id: job.id, token: attempt }), 'refusal')
}
