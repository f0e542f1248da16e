/** The two dates of a comparison, and what must hold of their files before anything is computed. The service asks this of what comes in. */
import { type Belonging, checkTogether } from '../dicom/one-series.ts'
import { FaultError } from '../errors.ts'
import type { Warning } from '../warnings.ts'

export const DATES = ['before', 'after'] as const
export type DateName = (typeof DATES)[number]
export type OfDates<T> = Readonly<Record<DateName, T>>

export function eachDate<T>(of: (date: DateName) => T): OfDates<T> {
  return { before: of('before'), after: of('after') }
}

/** Labels made of other scans differ for that reason alone: what one date lacks is left out of both. */
export function commonChannels(
  names: readonly string[],
  scans: OfDates<ReadonlyMap<string, unknown>>,
): { used: readonly string[]; warnings: readonly Warning[] } {
  const used = names.filter((name) => scans.before.has(name) && scans.after.has(name))
  if (used.length === 0) {
    const [before, after] = DATES.map((date) => names.filter((name) => scans[date].has(name)).join(', ') || 'nothing')
    throw new FaultError(
      'channels-missing',
      `before has ${before}, after has ${after}: the two dates must have a channel in common`,
    )
  }
  const single = names.filter((name) => scans.before.has(name) !== scans.after.has(name))
  const warnings = single.map((name): Warning => {
    const missing = scans.before.has(name) ? 'after' : 'before'
    return {
      code: 'channel-left-out',
      message: `${name} was left out, both maps are made of ${used.join(', ')} alone: ${missing} has no ${name} that can be used, and maps of other scans would differ for that reason alone`,
    }
  })
  return { used, warnings }
}

/**
 * NIfTI does not say whose head it is; DICOM does.
 * Faults: those of checkTogether() of each date; 'dicom-several-patients' where the dates are of two.
 */
export function checkOneHead(belongings: OfDates<readonly Belonging[]>): void {
  for (const date of DATES) checkTogether(belongings[date])
  const [one, other] = DATES.map((date) => belongings[date][0]?.patientHash)
  if (one === undefined || other === undefined || one === other) return
  throw new FaultError(
    'dicom-several-patients',
    'the dates are of 2 patients by their Patient ID; a head is compared with itself alone',
  )
}
