/** `onelabel calibrate`: a table of Dice, lesion F1 and false volume for each setting of what a lesion must be. */
import { chooseModel, readModels } from '../../src/model/registry.ts'
import { openEngine } from '../../src/network/ort.ts'
import { openFinder } from '../../src/quality/open-finder.ts'
import { calibrate, type Found, type Setting } from '../evaluation/calibrate.ts'
import { openEvaluation } from '../evaluation/open-list.ts'
import { caseName } from '../evaluation/result.ts'
import { mean, meanAndError, standardError } from '../evaluation/statistics.ts'
import { labelValue } from '../evaluation/value-ranges.ts'
import { parseCommand, runCommand, usageError, wholeNumber } from './run.ts'

const HELP = `usage: onelabel calibrate <list.json or pairs.csv> --shift tumour=0,0.5,1 --shift oedema=0,0.5 [options]
       onelabel calibrate --data <folder> --layout <name> --shift … [options]

How far to shift the logits of the lesion labels, how sure and how large a lesion has to be (inference.logitShift,
postprocess.minLesionConfidence, sureLesionVoxel and minLesionMl of the recipe): a table of Dice, of lesion F1 and of false
volume for each combination, on subjects that must not be those of the evaluation. Labels without a --shift are not shifted.

  --shift <label>=<numbers>  once a label
  --confidences <numbers>    least mean confidence of a lesion (default: 0)
  --least-ml <numbers>       least volume of a lesion (default: 0.01) …
  --sure-from <numbers>      … towards which only voxels count of which the network is at least this sure (default: 0)
  --truth, --data, --layout, --models, --flip-average, --threads   as for onelabel evaluate
  --model <id>               (default: the one that a list names, else the first)
`

const OPTIONS = {
  model: { type: 'string' },
  models: { type: 'string', default: 'models' },
  data: { type: 'string' },
  layout: { type: 'string' },
  truth: { type: 'string', multiple: true },
  shift: { type: 'string', multiple: true },
  confidences: { type: 'string', default: '0' },
  'sure-from': { type: 'string', default: '0' },
  'least-ml': { type: 'string', default: '0.01' },
  'flip-average': { type: 'boolean', default: false },
  threads: { type: 'string', default: '0' },
} as const

function numbers(text: string): number[] {
  const all = text.split(',').map((one) => (one.trim() === '' ? Number.NaN : Number(one)))
  if (!all.every(Number.isFinite)) throw usageError(`expected numbers with commas between them, not '${text}'`)
  return all
}

async function main(args: string[]): Promise<number> {
  const parsed = parseCommand(args, OPTIONS, HELP)
  if (parsed === null) return 0
  const { values, positionals } = parsed
  const [file, ...more] = positionals
  if ((file === undefined) === (values.layout === undefined) || more.length > 0)
    throw usageError('it is: calibrate <list>, or calibrate --data <folder> --layout <name>')
  const { data, layout, truth: meanings = [] } = values
  const all = await readModels(values.models)
  const first = chooseModel(all, values.model)
  const asked = await openEvaluation({ list: file, data, layout, meanings }, first.card)
  const model = values.model === undefined ? chooseModel(all, asked.list.model) : first
  const { card } = model
  for (const note of asked.notes) console.error(`left out: ${note}`)

  // logitShift for every combination of the shifts asked for
  const logitShifts = (values.shift ?? []).reduce<number[][]>(
    (combined, text) => {
      const [label = '', tried = ''] = text.split('=')
      const value = labelValue(label, card.labels)
      return combined.flatMap((one) => numbers(tried).map((shift) => one.with(value, shift)))
    },
    [card.labels.map(() => 0)],
  )
  const settings = logitShifts.flatMap((logitShift) =>
    numbers(values.confidences).flatMap((minLesionConfidence) =>
      numbers(values['sure-from']).flatMap((sureLesionVoxel) =>
        numbers(values['least-ml']).map((minLesionMl) => ({
          logitShift,
          minLesionConfidence,
          sureLesionVoxel,
          minLesionMl,
        })),
      ),
    ),
  )
  const written = ({ logitShift }: Setting) =>
    card.labels.flatMap(({ name, value }) => (logitShift[value] ? [`${name} ${logitShift[value]}`] : [])).join(' ') ||
    'none'

  const leastOf = (setting: Setting) => [
    written(setting),
    setting.minLesionConfidence,
    setting.sureLesionVoxel,
    setting.minLesionMl,
  ]

  const threads = wholeNumber('threads', values.threads, 0)
  const { engine, close } = await openEngine(model.weightsPath, card, { device: 'cpu', threads })
  const finder = await openFinder(threads)
  const results = await calibrate(card, engine, asked.list, asked.subjects, settings, {
    dataDir: asked.dataDir,
    flipAverage: values['flip-average'],
    finder: finder.engine,
    onScore: (each, setting, { label, kind, dice, foundMl, truthMl }) => {
      if (kind !== 'lesion') return
      const volumes = `${foundMl.toFixed(1)} of ${truthMl.toFixed(1)} mL`
      console.log(`${caseName(each)} ${leastOf(setting).join(' ')} ${label} ${dice?.toFixed(3)} ${volumes}`)
    },
  }).finally(async () => {
    await close()
    await finder.close()
  })

  console.log(
    '| shift | least confidence | sure from | least mL | label | Dice | lesion F1 | without any: below 1 mL | the most, mL |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const [n, setting] of settings.entries()) {
    const columns = leastOf(setting).join(' | ')
    for (const [label, found] of results[n]!) console.log(`| ${columns} | ${label} | ${cellsOf(found)} |`)
  }
  return 0
}

function cellsOf({ dices, f1s, falseMl }: Found): string {
  const few = falseMl.length === 0 ? '–' : `${falseMl.filter((ml) => ml < 1).length} of ${falseMl.length}`
  const most = falseMl.length === 0 ? '–' : Math.max(...falseMl).toFixed(2)
  return [...[dices, f1s].map((of) => meanAndError(mean(of), standardError(of))), few, most].join(' | ')
}

await runCommand('calibrate', main)
