/** The evaluation as Markdown, put between two markers of the model's page; what stands around them is left alone. */
import type { Goal } from './goal.ts'
import { type Asked, judge } from './goals.ts'
import type { CaseResult } from './result.ts'
import { meanAndError } from './statistics.ts'
import { absentRows, FALSE_ML, summaryRows } from './summary.ts'

const [BEGIN, END] = ['<!-- evaluation: written by `onelabel evaluate` -->', '<!-- end of evaluation -->']

export interface Picture {
  readonly which: 'best' | 'worst'
  readonly result: CaseResult
  /** Relative to the page. */
  readonly file: string
}

export interface Evaluation {
  /** The command that makes it. */
  readonly command: string
  readonly results: readonly CaseResult[]
  /** All cases of the list, flips averaged apart. */
  readonly asked: readonly Asked[]
  readonly goals: readonly Goal[]
  readonly pictures: readonly Picture[]
}

const DEFINITIONS = `Scores are measured on the truth's own grid, on the label map that the service would have sent. Dice is 2|A∩B| /
(|A| + |B|), of a group its mean ± that mean's standard error; HD95 the 95th percentile of the distances between the
two surfaces, the larger direction; the volume error is found − true, averaged without its sign. A lesion is a
26-connected component: one of the truth counts as found, and one of the prediction as true, where it shares at least
one voxel with the other map's lesions; lesion F1 is the harmonic mean of both shares. r is Pearson's correlation of
true and found volumes. Where annotators drew lesions into white matter, found lesions count as white matter. "5 mm":
the scan was averaged to slabs of 5 mm, and the truth with it.`

/** Everything between the markers. */
export function evaluationSection({ command, results, asked, goals, pictures }: Evaluation): string {
  const [first] = results
  const of = first ? `${first.model.id} ${first.model.version}, weights SHA-256 \`${first.model.sha256}\`. ` : ''
  return [
    BEGIN,
    '## Evaluation',
    `${of}Made by \`${command}\`: ${results.filter(({ flipAverage }) => !flipAverage).length} of ${asked.length} cases. ${DEFINITIONS}`,
    ...goalSection(goals, results, asked),
    '### By group',
    table(
      ['group', 'input', 'label', 'cases', 'Dice', 'HD95 mm', 'volume error mL', 'lesion F1', 'volume r'],
      summaryRows(results).map((row) => [
        row.group,
        row.input,
        row.label,
        `${row.cases}`,
        meanAndError(row.dice, row.diceError),
        decimal(row.hd95Mm, 1),
        decimal(row.errorMl, 1),
        decimal(row.lesionF1, 3),
        decimal(row.volumeR, 2),
      ]),
    ),
    ...absentSection(results),
    ...pictureSection(pictures),
    '### Case by case',
    table(
      [
        'case',
        'input',
        'label',
        'Dice',
        'HD95 mm',
        'true mL',
        'found mL',
        'error',
        'lesion F1 (found / true, true / found)',
        'warnings',
      ],
      results.flatMap(caseRows),
    ),
    '### Files',
    'Paths as in the evaluation list; class B files are used locally and never published.',
    table(
      ['case', 'class', 'what it is', 'files, SHA-256'],
      [...new Map(results.map((result) => [result.name, result])).values()].map((result) => [
        result.name,
        result.licenceClass,
        result.note,
        Object.entries(result.sha256)
          .map(([file, hash]) => `${file} \`${hash}\``)
          .join('<br>'),
      ]),
    ),
    END,
  ].join('\n\n')
}

/** The page with its section replaced, or with the section at its end where it has none yet. */
export function withSection(page: string, section: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) return `${page.trimEnd()}\n\n${section}\n`
  return page.slice(0, from) + section + page.slice(to + END.length)
}

function goalSection(goals: readonly Goal[], results: readonly CaseResult[], asked: readonly Asked[]): string[] {
  if (goals.length === 0) return []
  const cells = goals.map((goal) => {
    const { text, wanted, measured, met } = judge(goal, results, asked)
    return [text, wanted, measured, met === null ? 'not all measured' : met ? 'yes' : '**no**']
  })
  return ['### Goals', table(['goal', 'at least', 'measured', 'met'], cells)]
}

function absentSection(results: readonly CaseResult[]): string[] {
  const rows = absentRows(results)
  if (rows.length === 0) return []
  const cells = rows.map((row) => [
    row.group,
    row.input,
    row.label,
    `${row.below} of ${row.cases}`,
    decimal(row.largestMl, 2),
  ])
  return [
    '### Where there is none to be found',
    table(['group', 'input', 'label', `below ${FALSE_ML} mL`, 'the most, mL'], cells),
  ]
}

function pictureSection(pictures: readonly Picture[]): string[] {
  if (pictures.length === 0) return []
  return [
    '### The best and the worst case',
    `By their mean Dice, of the subjects in which there is something to be found, all of their scans sent; subjects of class B are not shown.
The scan, the truth, what was found; the patient’s left is on the left.`,
    ...pictures.map(({ which, result, file }) => {
      const scores = result.scores.filter(({ truthMl }) => truthMl > 0)
      const dices = scores.map(({ label, dice }) => `${label} ${decimal(dice ?? 0, 3)}`).join(', ')
      const title = `${which}: ${result.name} (${result.input.join(' + ')}) of “${result.group}”`
      return `![${title}](${file})\n\n*${title}; ${dices}*`
    }),
  ]
}

function caseRows({ name, input, flipAverage, scores, warnings }: CaseResult): string[][] {
  return scores.map((score, at) => {
    const { lesions } = score
    const counts = lesions && `${lesions.truthFound} / ${lesions.truth}, ${lesions.foundTrue} / ${lesions.found}`
    return [
      name,
      input.join(' + ') + (flipAverage ? ', flips averaged' : ''),
      score.label,
      decimal(score.truthMl > 0 ? (score.dice ?? 0) : Number.NaN, 3),
      decimal(score.hd95Mm ?? Number.NaN, 1),
      decimal(score.truthMl, 1),
      decimal(score.foundMl, 1),
      score.errorShare === null
        ? '–'
        : `${score.errorShare < 0 ? '−' : '+'}${Math.abs(100 * score.errorShare).toFixed(0)} %`,
      lesions ? `${decimal(lesions.f1 ?? Number.NaN, 2)} (${counts})` : '–',
      at === 0 ? [...new Set(warnings)].join(', ') : '',
    ]
  })
}

/** '–' for what there is no number for. */
function decimal(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–'
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
