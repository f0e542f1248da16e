/** Scans of two dates under flat names: `before_t1`, `after_flair`, … , as a form sends them and a job keeps them. */

import { isComparison } from '../inference/comparison-report.ts'
import { DATES, type DateName, eachDate, type OfDates } from '../inference/dates.ts'
import type { InputReport } from '../inference/report.ts'
import type { JobReport } from '../store/job.ts'

/** In place of a date's scans by their channels: its study, of which the rules choose. */
export const STUDY = 'dicom'

export function datedName(date: DateName, channel: string): string {
  return `${date}_${channel}`
}

/** Every name that a scan can have. */
export function datedNames(channels: readonly string[]): string[] {
  return DATES.flatMap((date) => channels.map((channel) => datedName(date, channel)))
}

export function byDate<T>(named: Readonly<Record<string, T>>): OfDates<Readonly<Record<string, T>>> {
  return eachDate((date) => {
    const ofDate = Object.entries(named).filter(([name]) => name.startsWith(`${date}_`))
    return Object.fromEntries(ofDate.map(([name, value]) => [name.slice(date.length + 1), value]))
  })
}

export function flat<T>(dated: OfDates<Readonly<Record<string, T>>>): Record<string, T> {
  return Object.fromEntries(
    DATES.flatMap((date) =>
      Object.entries(dated[date]).map(([channel, value]) => [datedName(date, channel), value] as const),
    ),
  )
}

/** What is said of each scan, by its channel or by its flat name. */
export function inputsOf(report: JobReport): Readonly<Record<string, InputReport>> {
  return isComparison(report) ? flat(report.input) : report.input
}
