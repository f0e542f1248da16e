/** `onelabel evaluate`: a model's scores on the subjects of its list, into its page of the documentation. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Card, cardSchema } from '../../src/model/card.ts'
import { chooseModel, type Model, readModels, verifyWeights } from '../../src/model/registry.ts'
import { DEVICE_CHOICES } from '../../src/network/device.ts'
import type { Engine } from '../../src/network/engine.ts'
import { openEngine } from '../../src/network/ort.ts'
import { FINDER_PATH, openFinder } from '../../src/quality/open-finder.ts'
import { cardScores } from '../evaluation/card-scores.ts'
import { evaluateSubject } from '../evaluation/evaluate.ts'
import { availableSubjects, type EvaluationList, listPath, readList } from '../evaluation/list.ts'
import { evaluationSection, type Picture, withSection } from '../evaluation/markdown.ts'
import { overlayPng } from '../evaluation/overlay.ts'
import {
  askedHash,
  type Case,
  type CaseResult,
  caseName,
  casesOf,
  readResult,
  writeResult,
} from '../evaluation/result.ts'
import { readListed, verifyFiles } from '../evaluation/subject.ts'
import { worstAndMedian } from '../evaluation/summary.ts'
import { runCommand } from './run.ts'

const HELP = `usage: onelabel evaluate [--model id] [options]

Runs the model through the same code as the service on the labelled subjects of its list and writes Dice, HD95, volume
errors and lesion-wise F1: a JSON file a case into <docs>/<id>/, tables into <docs>/<id>.md between two markers, and
pictures of the worst and the median case of each group. A case that is there already, of the same weights, the same
pipeline in the card and the same question, is not run again.

  --list <file>   the subjects (default: training/evaluation/<id>.json)
  --data <folder> where their files lie (default: ../shared/data); each is held to its SHA-256
  --cases <names> only subjects whose name begins so, with commas between
  --flip-average  see each patch mirrored as well: cases of their own
  --check         only hold the files to their hashes
  --again         run every case, whatever is there
  --card          write the scores into the model's card as well
  --docs <folder> (default: docs/models)
  --runs <folder> pictures of every case (default: runs/evaluation)
  --models <folder> (default: models)
  --device <device> ${DEVICE_CHOICES.join(', ')} (default: auto)
  --threads <n>   of the CPU (default: the cores this process may use)
`

const OPTIONS = {
  model: { type: 'string' },
  models: { type: 'string', default: 'models' },
  list: { type: 'string' },
  data: { type: 'string', default: '../shared/data' },
  cases: { type: 'string' },
  'flip-average': { type: 'boolean', default: false },
  check: { type: 'boolean', default: false },
  again: { type: 'boolean', default: false },
  card: { type: 'boolean', default: false },
  docs: { type: 'string', default: 'docs/models' },
  runs: { type: 'string', default: 'runs/evaluation' },
  device: { type: 'string', default: 'auto' },
  threads: { type: 'string', default: '0' },
  help: { type: 'boolean', short: 'h' },
} as const

/** What is known of where a brain is depends on it too. */
const finderSha256 = createHash('sha256')
  .update(await readFile(FINDER_PATH))
  .digest('hex')

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS })
  const device = DEVICE_CHOICES.find((choice) => choice === values.device)
  if (values.help || positionals.length > 0 || device === undefined) {
    console.log(HELP)
    return values.help ? 0 : 2
  }
  const model = chooseModel(await readModels(values.models), values.model)
  const { id } = model.card
  const list = await readList(values.list ?? listPath(id))
  const { subjects, notes } = availableSubjects(list, values.data)
  for (const note of notes) console.error(`left out: ${note}`)
  const prefixes = values.cases?.split(',')
  const chosen = subjects.filter(({ name }) => prefixes?.some((prefix) => name.startsWith(prefix)) ?? true)
  if (chosen.length === 0) {
    console.error(
      `none of the ${list.subjects.length} subjects of the list is in ${values.data} (--data) and asked for`,
    )
    return 1
  }
  for (const subject of chosen) await verifyFiles(subject, values.data)
  console.error(`${chosen.length} subjects, every file as listed`)
  if (values.check) return 0

  await verifyWeights(model)
  const folders = { data: values.data, cases: join(values.docs, id), pictures: join(values.runs, id) }
  const finder = await openFinder(Number(values.threads))
  const open = await openEngine(model.weightsPath, model.card, { device, threads: Number(values.threads) })
  try {
    for (const each of chosen.flatMap((subject) => casesOf(subject, values['flip-average']))) {
      const path = join(folders.cases, `${caseName(each)}.json`)
      const asked = askedHash(each.subject, list, model.card, finderSha256)
      if (!values.again && (await readResult(path, model.card.weights.sha256, asked))) continue
      const result = await runCase(each, { model, list, open, finder: finder.engine, asked, folders })
      await writeResult(path, result)
      console.log(lineOf(result))
    }
  } finally {
    await open.close()
    await finder.close()
  }
  const results = await writePage(model, list, values.docs, folders)
  if (values.card) await writeCard(join(values.models, id, 'card.json'), model.card, results)
  return 0
}

interface Folders {
  readonly data: string
  readonly cases: string
  readonly pictures: string
}

interface Context {
  readonly model: Model
  readonly list: EvaluationList
  readonly open: Awaited<ReturnType<typeof openEngine>>
  readonly finder: Engine
  readonly asked: string
  readonly folders: Folders
}

async function runCase(each: Case, { model, list, open, finder, asked, folders }: Context): Promise<CaseResult> {
  const { card } = model
  const { name, group, note, licenceClass, sha256, merge } = each.subject
  const subject = await readListed(each.subject, list, folders.data, card.labels)
  const options = { input: each.input, flipAverage: each.flipAverage, finder, ...(merge && { merge }) }
  const { found, ...measured } = await evaluateSubject(subject, card, open.engine, options)
  await mkdir(folders.pictures, { recursive: true })
  const png = overlayPng(subject.scans.get(subject.gridChannel)!, [subject.truth, found], card.labels)
  await writeFile(join(folders.pictures, `${caseName(each)}.png`), png)
  return {
    name,
    group,
    note,
    licenceClass,
    input: each.input,
    flipAverage: each.flipAverage,
    model: { id: card.id, version: card.version, sha256: card.weights.sha256 },
    device: open.device,
    sha256,
    asked,
    ...measured,
  }
}

/** All cases of the list that have a result of these weights, whichever run they come from. */
async function writePage({ card }: Model, list: EvaluationList, docs: string, folders: Folders): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  const files = new Map<CaseResult, string>()
  const asked = list.subjects.flatMap((subject) => [false, true].flatMap((flip) => casesOf(subject, flip)))
  for (const each of asked) {
    const path = join(folders.cases, `${caseName(each)}.json`)
    const result = await readResult(path, card.weights.sha256, askedHash(each.subject, list, card, finderSha256))
    if (result === undefined) continue
    results.push(result)
    files.set(result, `${caseName(each)}.png`)
  }
  const pictures: Picture[] = []
  const shown = results.filter(({ licenceClass, flipAverage }) => licenceClass === 'A' && !flipAverage)
  // Faces can be recognised in whole heads: what may not be published is not drawn either.
  for (const { which, result } of worstAndMedian(shown)) {
    const file = files.get(result)!
    const [drawn, published] = [join(folders.pictures, file), join(folders.cases, file)]
    if (existsSync(drawn)) await copyFile(drawn, published)
    if (existsSync(published)) pictures.push({ which, result, file: `${card.id}/${file}` })
  }
  const command = `npx onelabel evaluate --model ${card.id}`
  const plain = asked.flatMap(({ subject, input, flipAverage }) =>
    flipAverage ? [] : [{ group: subject.group, input }],
  )
  const section = evaluationSection({ command, results, asked: plain, goals: list.goals, pictures })
  const page = join(docs, `${card.id}.md`)
  const before = existsSync(page)
    ? await readFile(page, 'utf8')
    : `# ${card.id}: ${card.title}\n\n${card.intendedUse}\n`
  await writeFile(page, withSection(before, section))
  console.log(`${page}: ${results.length} results`)
  return results
}

async function writeCard(path: string, card: Card, results: readonly CaseResult[]): Promise<void> {
  const scored = cardSchema.parse({ ...card, evaluation: { ...card.evaluation, subjects: cardScores(results) } })
  await writeFile(path, `${JSON.stringify(scored, null, 2)}\n`)
}

function lineOf({ name, input, scores, seconds }: CaseResult): string {
  const parts = scores.map(({ label, dice, truthMl, foundMl }) => {
    return `${label} ${truthMl > 0 ? (dice ?? 0).toFixed(3) : 'none'} (${foundMl.toFixed(1)} of ${truthMl.toFixed(1)} mL)`
  })
  return `${name} [${input.join(', ')}] ${parts.join('; ')}; ${seconds.toFixed(1)} s`
}

await runCommand('evaluate', main)
