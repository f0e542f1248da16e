/** The benchmark's results as Markdown: Dice beside the paper's, HD95, differences, and what each method cost. */
import { mean, median, standardDeviation } from '../evaluation/statistics.ts'
import { SCENARIOS, type ScenarioName } from '../sources/phantom-set.ts'
import { paperCell } from './paper-table.ts'
import { type CaseResult, METHODS, type MethodName } from './result.ts'
import { byAnatomy, paired } from './scores.ts'

const SCENARIO_TITLES: Readonly<Record<ScenarioName, string>> = {
  wmh: 'Tissue and white-matter hyperintensities',
  tumour: 'Tissue, tumour and oedema',
}
const COMPARED: readonly (readonly [MethodName, MethodName])[] = [
  ['ours', 'ace'],
  ['ours', 'ace-dice'],
  ['ours', 'naive-ce-dice'],
  ['ours', 'multi-unet-dice'],
  ['ace', 'multi-unet'],
]
/** Thousandths, as the paper prints. */
const DIGITS = 3

interface Scenario {
  readonly name: ScenarioName
  /** Foreground labels: value in the map and name. */
  readonly labels: readonly { readonly value: number; readonly name: string }[]
  readonly cases: readonly CaseResult[]
  readonly methods: readonly MethodName[]
  readonly seeds: readonly number[]
}

/**
 * All tables; methods in the order of METHODS. `command` is what made the results, `seeds` how many it was to run, from
 * 1: cases without a result are named as missing.
 * Throws where two results are of the same case, or where the results of a scenario name different labels.
 */
export function benchmarkTable(results: readonly CaseResult[], command: string, seeds: number): string {
  const parts = SCENARIOS.filter((name) => results.some((found) => found.scenario === name))
  return [
    `Made by \`${command}\`.`,
    'All scores are on phantoms: synthetic heads whose truth holds tissue and lesion both. The rows “paper” are Table 1 ' +
      'of Roulet et al. (PMLR 102, 2019, p. 407), measured on other data (real scans for WMH, other simulated ones for tumour) with other networks: compare how ' +
      'the methods are ordered, not the values.',
    ...parts.flatMap((name) => scenarioLines(scenarioOf(name, results, seeds))),
  ]
    .join('\n\n')
    .concat('\n')
}

function scenarioOf(name: ScenarioName, results: readonly CaseResult[], seeds: number): Scenario {
  const cases = results.filter((found) => found.scenario === name)
  const labels = cases[0]!.labels
  const keys = cases.map((found) => `${found.method}, seed ${found.seed}`)
  const twice = keys.find((key, at) => keys.indexOf(key) < at)
  if (twice) throw new RangeError(`two results of ${name}, ${twice}`)
  if (cases.some((found) => found.labels.join() !== labels.join())) throw new RangeError(`labels of ${name} differ`)
  return {
    name,
    labels: labels.map((label, value) => ({ value, name: label })).slice(1),
    cases,
    methods: METHODS.filter((method) => cases.some((found) => found.method === method)),
    seeds: Array.from({ length: seeds }, (_, at) => at + 1),
  }
}

function scenarioLines(scenario: Scenario): string[] {
  const all = scenario.cases.flatMap((found) => found.subjects)
  const [subjects, anatomies] = [new Set(all.map(({ name }) => name)), new Set(all.map(({ anatomy }) => anatomy))]
  return [
    `## ${SCENARIO_TITLES[scenario.name]}`,
    `${counted(subjects.size, 'test subject')} of ${counted(anatomies.size, 'anatomy', 'anatomies')}, ${counted(scenario.seeds.length, 'seed')} (${scenario.seeds.join(', ')}). ${missing(scenario)}`,
    '### Dice',
    'Mean (sample standard deviation) over the anatomies: two heads were made of each, and they and their seeds are averaged first. ' +
      'A label that is in the truth and not found counts 0; a subject with the label in neither map is left out.',
    diceTable(scenario),
    '### HD95 (mm)',
    'Median over the anatomies, each averaged over the subjects and seeds that define it. In brackets how many of the subject × seed ' +
      'values are undefined because a map lacks the label: a method that misses a label is not punished here, but in Dice.',
    hd95Table(scenario),
    '### Differences in Dice',
    'Over the anatomies, each averaged over its subjects and the seeds both methods have: the mean, the least and the ' +
      'most. Five anatomies are too few for a test.',
    differenceTable(scenario),
    '### Cost',
    'Means over seeds; time is wall time of training and prediction.',
    costTable(scenario),
  ]
}

function missing({ cases, methods, seeds }: Scenario): string {
  const parts = METHODS.flatMap((method) => {
    if (!methods.includes(method)) return [`${method} (0 of ${counted(seeds.length, 'seed')})`]
    const found = ofMethod(cases, method).length
    return found < seeds.length ? [`${method} (${found} of ${counted(seeds.length, 'seed')})`] : []
  })
  return parts.length === 0 ? 'No case is missing.' : `Missing cases: ${parts.join(', ')}.`
}

function diceTable({ name, cases, labels, methods }: Scenario): string {
  const rows = methods.flatMap((method) => {
    const scores = labels.map(({ value }) => [...byAnatomy(ofMethod(cases, method), 'dice', value).values()])
    const ours = [method, ...scores.map((of) => cell(mean(of), standardDeviation(of))), fixed(mean(scores.map(mean)))]
    const printed = labels.map((label) => paperCell(name, label.name, method))
    if (printed.every((found) => found === undefined)) return [ours]
    const known = printed.filter((found) => found !== undefined)
    const whole = known.length === printed.length ? fixed(mean(known.map((found) => found.mean))) : '–'
    return [ours, ['– paper', ...printed.map((found) => (found ? cell(found.mean, found.std) : '–')), whole]]
  })
  return markdown(['method', ...labels.map((label) => label.name), 'mean of labels'], rows)
}

function hd95Table({ cases, labels, methods }: Scenario): string {
  const rows = methods.map((method) => {
    const own = ofMethod(cases, method)
    const all = own.flatMap((found) => found.subjects)
    return [
      method,
      ...labels.map(({ value }) => {
        const middle = fixed(median([...byAnatomy(own, 'hd95Mm', value).values()]), 1)
        return `${middle} (${all.filter((subject) => (subject.hd95Mm[value] ?? null) === null).length} of ${all.length})`
      }),
    ]
  })
  return markdown(['method', ...labels.map((label) => label.name)], rows)
}

function differenceTable({ cases, labels, methods }: Scenario): string {
  const present = COMPARED.filter((pair) => pair.every((method) => methods.includes(method)))
  if (present.length === 0) return 'No two compared methods are both present.'
  const rows = present.flatMap(([first, second]) =>
    labels.map(({ name, value }) => {
      const { a, b } = paired(ofMethod(cases, first), ofMethod(cases, second), value)
      const differences = a.map((score, at) => score - b[at]!)
      const [least, most] = [Math.min(...differences), Math.max(...differences)]
      return [`${first} − ${second}`, name, signed(mean(differences)), `${signed(least)} to ${signed(most)}`]
    }),
  )
  return markdown(['methods', 'label', 'mean', 'least to most'], rows)
}

function costTable({ cases, methods, seeds }: Scenario): string {
  const rows = methods.map((method) => {
    const own = ofMethod(cases, method)
    const subjects = new Set(own.flatMap((found) => found.subjects.map((subject) => subject.name)))
    const average = (pick: (found: CaseResult) => number) => fixed(mean(own.map(pick)), 0)
    const numbers = [average((c) => c.steps), average((c) => c.parameters), average((c) => c.seconds)]
    return [method, `${own.length} of ${seeds.length}`, String(subjects.size), ...numbers]
  })
  return markdown(['method', 'seeds', 'subjects', 'steps of each network', 'parameters', 'seconds'], rows)
}

function ofMethod(cases: readonly CaseResult[], method: MethodName): readonly CaseResult[] {
  return cases.filter((found) => found.method === method)
}

function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`
}

function signed(value: number): string {
  return Number.isFinite(value) ? `${value < 0 ? '−' : '+'}${fixed(Math.abs(value))}` : '–'
}

function cell(centre: number, spread: number): string {
  return Number.isNaN(centre) ? '–' : `${fixed(centre)} (${fixed(spread)})`
}

function fixed(value: number, digits = DIGITS): string {
  return Number.isNaN(value) ? '–' : value.toFixed(digits)
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}
