/** Whether a model reaches what its list says that it is meant to: the page says so either way. */
import type { Goal, Place } from './goal.ts'
import type { CaseResult } from './result.ts'
import { absentRows, FALSE_ML, summaryRows } from './summary.ts'

export interface Judged {
  readonly text: string
  readonly wanted: string
  readonly measured: string
  /** Null where a case of the place is still to be run. */
  readonly met: boolean | null
}

/** A case of the list, run or not: its group and what is sent. */
export interface Asked {
  readonly group: string
  readonly input: readonly string[]
}

/** Flips averaged are left out, here and in `asked`: a goal is about the model as it is served. */
export function judge(goal: Goal, all: readonly CaseResult[], asked: readonly Asked[]): Judged {
  const results = all.filter(({ flipAverage }) => !flipAverage)
  const judged = measure(goal, results)
  const places = [goal.of, ...(goal.kind === 'compare' ? goal.against : [])]
  const isComplete = places.every((place) => casesAt(place, results) === casesAt(place, asked))
  return isComplete ? judged : { ...judged, met: null }
}

function casesAt({ group, input }: Place, cases: readonly Asked[]): number {
  return cases.filter((each) => each.group === group && (input ?? each.input.join(' + ')) === each.input.join(' + '))
    .length
}

function measure(goal: Goal, results: readonly CaseResult[]): Judged {
  if (goal.kind === 'absent') return judgeAbsent(goal, results)
  const measured = meanDice(goal.of, results)
  const wanted =
    goal.kind === 'dice'
      ? goal.atLeast
      : Math.max(...goal.against.map((place) => meanDice(place, results))) - goal.margin
  const isKnown = Number.isFinite(measured) && Number.isFinite(wanted)
  return {
    text: goal.text,
    wanted: Number.isFinite(wanted) ? wanted.toFixed(3) : '–',
    measured: Number.isFinite(measured) ? measured.toFixed(3) : '–',
    met: isKnown ? measured >= wanted : null,
  }
}

function judgeAbsent({ text, of, atLeast }: Goal & { kind: 'absent' }, results: readonly CaseResult[]): Judged {
  const rows = absentRows(results).filter((row) => isAt(row, of))
  const [below, cases] = [sum(rows.map((row) => row.below)), sum(rows.map((row) => row.cases))]
  return {
    text,
    wanted: `${(100 * atLeast).toFixed(0)} % below ${FALSE_ML} mL`,
    measured: cases === 0 ? '–' : `${below} of ${cases}`,
    met: cases === 0 ? null : below >= atLeast * cases,
  }
}

/** NaN where a label has no case. */
function meanDice(place: Place, results: readonly CaseResult[]): number {
  const rows = summaryRows(results).filter((row) => isAt(row, place))
  const means = place.labels.map((label) => {
    const own = rows.filter((row) => row.label === label)
    return sum(own.map(({ dice, cases }) => dice * cases)) / sum(own.map(({ cases }) => cases))
  })
  return sum(means) / means.length
}

function isAt(row: { readonly group: string; readonly input: string; readonly label: string }, place: Place): boolean {
  const isInput = place.input === undefined || row.input === place.input
  return row.group === place.group && isInput && place.labels.includes(row.label)
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
