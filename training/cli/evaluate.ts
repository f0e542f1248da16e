/** `onelabel evaluate`: a model's scores on labelled subjects, as tables, two pictures and one JSON line a case. */
import { join } from 'node:path'
import { chooseModel, readModels, verifyWeights } from '../../src/model/registry.ts'
import { DEVICE_CHOICES } from '../../src/network/device.ts'
import { openEvaluation } from '../evaluation/open-list.ts'
import { writeCardScores, writePage } from '../evaluation/page.ts'
import { keptResults, runCases } from '../evaluation/run-cases.ts'
import { verifyFiles } from '../evaluation/subject.ts'
import { summaryLines } from '../evaluation/summary-lines.ts'
import { LAYOUTS } from '../sources/datasets/layouts.ts'
import { caseLine } from './case-line.ts'
import { parseCommand, runCommand, usageError, wholeNumber } from './run.ts'

const HELP = `usage: onelabel evaluate [--model id] [what on] [options]

Runs the model through the same code as the service on labelled subjects and writes Dice, HD95, volume errors and
lesion-wise F1: a line of <docs>/<id>/cases.jsonl a case, tables between two markers of a Markdown page, and pictures of
the best and the worst case. A case that is there already, of the same weights, the same pipeline in the card and the
same question, is not run again.

What on:
  --data <folder> --layout <name>   subjects laid out as ${LAYOUTS.join(', ')}
  --list <pairs.csv>     columns subject, the model's channels and truth; paths relative to the file
    --truth 'grey matter=2,10-12'   what the truth's values mean, once a label (default: they are the model's own)
  --list <list.json>     a list with hashes (default: training/evaluation/<id>.json); its files lie in --data
                         (default: ../shared/data), and each is held to its SHA-256

  --cases <names> only subjects whose name begins so, with commas between
  --flip-average  see each patch mirrored as well: cases of their own
  --check         only hold the files to their hashes
  --again         run every case, whatever is there
  --card          write the scores into the model's card as well
  --docs <folder> where <id>.md and <id>/ are written (default: docs/models for a list with hashes, else runs/evaluation)
  --pictures <folder> where every case is drawn (default: runs/evaluation/pictures)
  --models <folder> (default: models)
  --device <device> ${DEVICE_CHOICES.join(', ')} (default: auto)
  --threads <n>   of the CPU (default: the cores this process may use)
`

const OPTIONS = {
  model: { type: 'string' },
  models: { type: 'string', default: 'models' },
  list: { type: 'string' },
  layout: { type: 'string' },
  truth: { type: 'string', multiple: true },
  data: { type: 'string' },
  cases: { type: 'string' },
  'flip-average': { type: 'boolean', default: false },
  check: { type: 'boolean', default: false },
  again: { type: 'boolean', default: false },
  card: { type: 'boolean', default: false },
  docs: { type: 'string' },
  pictures: { type: 'string', default: 'runs/evaluation/pictures' },
  device: { type: 'string', default: 'auto' },
  threads: { type: 'string', default: '0' },
} as const

async function main(args: string[]): Promise<number> {
  const parsed = parseCommand(args, OPTIONS, HELP)
  if (parsed === null) return 0
  const { values, positionals } = parsed
  if (positionals.length > 0) throw usageError(`'${positionals[0]}' is no option`)
  const device = DEVICE_CHOICES.find((choice) => choice === values.device)
  if (device === undefined)
    throw usageError(`--device is one of ${DEVICE_CHOICES.join(', ')}; found '${values.device}'`)

  const model = chooseModel(await readModels(values.models), values.model)
  const { id } = model.card
  const { list: file, data, layout, truth: meanings = [] } = values
  const { list, subjects, dataDir, notes, isOwn } = await openEvaluation(
    { list: file, data, layout, meanings },
    model.card,
  )
  for (const note of notes) console.error(`left out: ${note}`)
  const prefixes = values.cases?.split(',')
  const chosen = subjects.filter(({ name }) => prefixes?.some((prefix) => name.startsWith(prefix)) ?? true)
  if (chosen.length === 0) {
    console.error(`none of the ${list.subjects.length} subjects is in ${dataDir} (--data) and asked for`)
    return 1
  }
  for (const subject of chosen) await verifyFiles(subject, dataDir)
  console.error(`${chosen.length} subjects${isOwn ? '' : ', every file as listed'}`)
  if (values.check) return 0

  await verifyWeights(model)
  const docs = values.docs ?? (isOwn ? 'runs/evaluation' : 'docs/models')
  const folders = { data: dataDir, results: join(docs, id), pictures: join(values.pictures, id) }
  await runCases(model, list, chosen, folders, {
    flipAverage: values['flip-average'],
    again: values.again,
    device,
    threads: wholeNumber('threads', values.threads, 0),
    onCase: (result, at, of) => console.log(caseLine(result, at, of)),
  })
  const kept = await keptResults(model, list, folders)
  const command = `npx onelabel evaluate --model ${id}${isOwn ? ` ${howOwn(values)}` : ''}`
  const page = join(docs, `${id}.md`)
  await writePage(page, model, list, kept, folders, command)
  for (const line of summaryLines(kept.results)) console.log(line)
  console.log(`${page}: ${kept.results.length} results`)
  if (values.card) await writeCardScores(model, kept.results, command)
  return 0
}

function howOwn({
  list,
  data,
  layout,
  truth = [],
}: {
  list?: string
  data?: string
  layout?: string
  truth?: string[]
}) {
  if (layout !== undefined) return `--data ${data} --layout ${layout}`
  return [`--list ${list}`, ...truth.map((text) => `--truth '${text}'`)].join(' ')
}

await runCommand('evaluate', main)
