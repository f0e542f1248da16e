/** The summary of an evaluation for a terminal: a line a label. */
import type { CaseResult } from './result.ts'
import { meanAndError } from './statistics.ts'
import { absentRows, FALSE_ML, summaryRows } from './summary.ts'

export function summaryLines(results: readonly CaseResult[]): readonly string[] {
  const scored = summaryRows(results).map(({ group, input, label, cases, dice, diceError, errorMl }) => {
    const many = cases === 1 ? '1 case' : `${cases} cases`
    return `${group} [${input}] ${label}: Dice ${meanAndError(dice, diceError)}, volume error ${errorMl.toFixed(1)} mL (${many})`
  })
  const absent = absentRows(results).map(
    ({ group, input, label, cases, below, largestMl }) =>
      `${group} [${input}] ${label}: none to be found in ${cases}; below ${FALSE_ML} mL in ${below}, the most ${largestMl.toFixed(2)} mL`,
  )
  return [...scored, ...absent]
}
