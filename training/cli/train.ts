/** `onelabel train`: a recipe becomes a trained network; a plan trains several one after another, and releases what comes out. */
import { readFile } from 'node:fs/promises'
import { isTrainingDevice } from '../compile/runtime.ts'
import { isPlan, readPlan } from '../run/plan.ts'
import { stepsOf } from '../run/recipe.ts'
import { readRecipe } from '../run/recipe-file.ts'
import { runPlan } from '../run/run-plan.ts'
import { trainRun } from '../run/train-run.ts'
import { caseLine } from './case-line.ts'
import { parseCommand, runCommand, usageError, wholeNumber } from './run.ts'
import { trainProgress } from './train-progress.ts'

const HELP = `usage: onelabel train <recipe.json> [options]
       onelabel train <plan.json> [options]

Trains the recipe's network and leaves in <out>/<recipe id>/: run.json, checkpoint.bin, curve.csv, curve.svg, model/
(tfjs) and model.onnx. The same command goes on where a run was stopped or killed; Ctrl-C stops with a checkpoint.

A plan trains its stages one after another, each from the one before, and then averages, evaluates and releases:
  { "stages": [{ "recipe": "a.json", "minutes": 60 }, { "recipe": "b.json", "steps": 2000 }],
    "average": true, "evaluate": "subjects.csv", "release": "our-model" }
A recipe may be short: { "id": "b", "extends": "a.json", … } states what differs from the other one.

  --data     the folder that the recipe's sources are read from (default: ../shared/data)
  --out      the folder of the runs (default: runs)
  --models   where a plan releases (default: models)
  --device   cpu, cuda or webgpu (default: cpu)
  --workers  threads that make patches (default: 1)
  --threads  threads of a step on the CPU; 0 leaves it to onnxruntime (default: 0)
  --minutes  of a recipe: stop, with a checkpoint, after so long (default: 1440)
`

const OPTIONS = {
  data: { type: 'string', default: '../shared/data' },
  out: { type: 'string', default: 'runs' },
  models: { type: 'string', default: 'models' },
  device: { type: 'string', default: 'cpu' },
  workers: { type: 'string', default: '1' },
  threads: { type: 'string', default: '0' },
  minutes: { type: 'string', default: '1440' },
} as const

async function main(args: string[]): Promise<number> {
  const parsed = parseCommand(args, OPTIONS, HELP)
  if (parsed === null) return 0
  const { values, positionals } = parsed
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw usageError('it is: train <recipe.json>, or train <plan.json>')
  const { device } = values
  if (!isTrainingDevice(device)) throw usageError(`--device is one of cpu, cuda, webgpu; found '${device}'`)
  const maxSeconds = 60 * Number(values.minutes)
  if (!(maxSeconds > 0)) throw usageError(`--minutes is a number above 0; found '${values.minutes}'`)
  const common = {
    ...{ out: values.out, dataDir: values.data, device, signal: stopSignal() },
    workers: wholeNumber('workers', values.workers, 1),
    threads: wholeNumber('threads', values.threads, 0),
    onNote: (note: string) => console.error(note),
  }
  return (await isPlanFile(file)) ? trainPlan(file, values.models, common) : trainRecipe(file, maxSeconds, common)
}

type Common = Omit<Parameters<typeof trainRun>[1], 'maxSeconds'> & { readonly onNote: (note: string) => void }

async function trainRecipe(file: string, maxSeconds: number, common: Common): Promise<number> {
  const recipe = await readRecipe(file)
  const { onStep, end } = trainProgress(recipe.id)
  const result = await trainRun(recipe, { ...common, maxSeconds, recipeFile: file, onStep }).finally(end)
  const state = result.finished ? 'finished' : 'stopped; the same command goes on'
  const seconds = Math.round(result.seconds)
  console.log(`${result.steps} of ${stepsOf(recipe)} steps in ${seconds} s, ${state}: ${result.runFolder}`)
  return 0
}

async function trainPlan(file: string, modelsDir: string, common: Common): Promise<number> {
  const plan = await readPlan(file)
  const { finished, card, page } = await runPlan(plan, {
    ...common,
    modelsDir,
    onStage: ({ recipe }, at) => trainProgress(`stage ${at + 1} of ${plan.stages.length}, ${recipe.id}`),
    onCase: (result, at, of) => console.log(caseLine(result, at, of)),
  })
  if (!finished) {
    console.log('stopped; the same command goes on')
    return 0
  }
  if (page !== undefined) console.log(`evaluation: ${page}`)
  console.log(card === undefined ? 'finished' : `released: ${modelsDir}/${card.id}, version ${card.version}`)
  return 0
}

async function isPlanFile(file: string): Promise<boolean> {
  try {
    return isPlan(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    // What is wrong with it is said where it is read as a recipe.
    return false
  }
}

/** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process as it always would. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort())
  return controller.signal
}

await runCommand('train', main)
