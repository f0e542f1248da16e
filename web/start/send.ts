/** Sends what was chosen as one form: a file a channel, or the study. */
import { type Job, sendScans } from '../server/jobs.ts'
import { keepScans } from '../server/local-scans.ts'
import type { Choice } from './choice.ts'

export interface Options {
  readonly model: string
  /** What the sender calls it; empty: nothing. */
  readonly name: string
  /** The network sees each patch mirrored as well. */
  readonly isFlipAverage: boolean
  /** Goes on with scans that look like another sequence than they were sent as. */
  readonly isAsSent: boolean
  readonly usesQform: boolean
}

export function formOf(choice: Choice, options: Options): FormData {
  const form = new FormData()
  form.append('model', options.model)
  // The page shows both, so that they are there when somebody looks.
  form.append('include', 'confidence')
  form.append('page', '1')
  // So that they can be looked at, corrected and compared afterwards, as long as the result is kept.
  form.append('keep', 'scans')
  if (options.name !== '') form.append('name', options.name)
  if (options.isFlipAverage) form.append('flip', 'average')
  if (options.isAsSent) form.append('sequence', 'as-sent')
  if (options.usesQform) form.append('affine', 'qform')
  for (const file of choice.study?.files ?? []) form.append('dicom', file)
  for (const [channel, { file }] of Object.entries(choice.slots)) {
    if (choice.study === null) form.append(channel, file)
  }
  return form
}

/** @param onSent share of the bytes, 0 to 1 @throws Refusal */
export async function send(
  choice: Choice,
  options: Options,
  onSent: (share: number) => void,
  signal: AbortSignal,
): Promise<Job> {
  const job = await sendScans(formOf(choice, options), onSent, signal)
  if (choice.study === null) {
    keepScans(job.id, Object.fromEntries(Object.entries(choice.slots).map(([channel, { file }]) => [channel, file])))
  }
  return job
}
