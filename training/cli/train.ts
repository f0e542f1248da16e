/** `onelabel train`: a recipe becomes a trained tfjs model, its loss curve and its ONNX form. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import { exportOnnx } from '../compile/export.ts'
import { isTrainingDevice } from '../compile/runtime.ts'
import { readRecipe, stepsOf } from '../run/recipe.ts'
import { train } from '../run/train.ts'
import { runCommand } from './run.ts'

const HELP = `usage: onelabel train <recipe.json> [--data ../shared/data] [--out runs] [--device cpu] [--workers 1] [--threads 0] [--minutes 1440]

Trains the recipe's network and leaves in <out>/<recipe id>/: checkpoint.bin, curve.csv, curve.svg, model/ (tfjs) and
model.onnx. A run that was stopped goes on from its checkpoint.

  --data     the folder that the recipe's sources are read from
  --device   cpu, cuda or webgpu
  --workers  threads that make patches
  --threads  threads of a step on the CPU; 0 leaves it to onnxruntime
  --minutes  stop, with a checkpoint, after so long
`

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      data: { type: 'string', default: '../shared/data' },
      out: { type: 'string', default: 'runs' },
      device: { type: 'string', default: 'cpu' },
      workers: { type: 'string', default: '1' },
      threads: { type: 'string', default: '0' },
      minutes: { type: 'string', default: '1440' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const [recipePath] = positionals
  const areNumbers =
    Number.isInteger(Number(values.workers)) &&
    Number(values.workers) > 0 &&
    Number(values.minutes) > 0 &&
    Number.isInteger(Number(values.threads))
  const { device } = values
  if (recipePath === undefined || positionals.length > 1 || !isTrainingDevice(device) || !areNumbers) {
    console.error(HELP)
    return 2
  }
  const recipe = await readRecipe(recipePath)
  const runFolder = join(values.out, recipe.id)
  const format = '{bar} {value}/{total} steps  loss {loss}  {pace} s/step  {eta_formatted} left'
  const bar = new SingleBar({ format, stream: process.stderr, noTTYOutput: false, etaBuffer: 50 })
  bar.start(stepsOf(recipe), 0, { loss: '-', pace: '-' })
  const result = await train(recipe, {
    runFolder,
    dataDir: values.data,
    device,
    workers: Number(values.workers),
    threads: Number(values.threads),
    maxSeconds: 60 * Number(values.minutes),
    onNote: (note) => console.error(note),
    onStep: ({ step, loss, secondsPerStep }) =>
      bar.update(step, { loss: loss.toFixed(4), pace: secondsPerStep.toFixed(2) }),
  })
  bar.stop()
  const exported = await exportOnnx(result.model, { recipe: recipe.id, version: recipe.version })
  await writeFile(join(runFolder, 'model.onnx'), exported.bytes)
  const state = result.finished ? 'finished' : 'stopped; the same command goes on'
  console.log(`${result.steps} of ${stepsOf(recipe)} steps in ${Math.round(result.seconds)} s, ${state}: ${runFolder}`)
  return 0
}

await runCommand('train', main)
