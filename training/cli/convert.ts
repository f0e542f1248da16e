/** `onelabel convert`: a tfjs layers model becomes model.onnx, checked against tfjs on the same random input. */
import '@tensorflow/tfjs-backend-cpu'
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { exportOnnx } from '../export.ts'
import { loadModel } from '../model-files.ts'
import { checkParity, MAX_DIFFERENCE, type Parity } from '../parity.ts'
import { seededRandom } from '../random.ts'
import { OPSET } from '../trace/onnx.ts'
import { runCommand } from './run.ts'

const HELP = `usage: onelabel convert <model.json> <model.onnx> [--size 96,96,96] [--check-size 32,32,32] [--seed 1]

Converts a tfjs layers model (model.json and its weight shards) to ONNX and runs both on the same random input.
Fails, and writes nothing, where they differ by more than ${MAX_DIFFERENCE} (relative to the largest output).

  --size        spatial size of the input; the model's own if left out
  --check-size  spatial size of the comparison (tfjs in plain JavaScript is slow); at most 32 an axis if left out
  --seed        of the random input
`
/** tfjs's cpu backend needs minutes for a whole patch of a real model. */
const CHECK_VOXELS = 32

function sizeOf(text: string | undefined): number[] | undefined {
  const sizes = text?.split(',').map(Number)
  if (sizes?.some((size) => !Number.isInteger(size) || size < 1)) throw new Error(`'${text}' is no list of sizes`)
  return sizes
}

async function convert(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      size: { type: 'string' },
      'check-size': { type: 'string' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return print(HELP, 0)
  const [source, target] = positionals
  if (source === undefined || target === undefined || positionals.length > 2) return print(HELP, 2)
  await tf.setBackend('cpu')
  const model = await loadModel(source)
  const exported = await exportOnnx(model, { source: 'onelabel convert' }, sizeOf(values.size))
  const space = exported.inputShape.slice(1, -1)
  const checkSize = sizeOf(values['check-size']) ?? space.map((size) => Math.min(size, CHECK_VOXELS))
  const parity: Parity = await checkParity(model, checkSize, seededRandom(Number(values.seed)))
  console.log(
    `input [${exported.inputShape}] → output [${exported.outputShape}], opset ${OPSET}, ${exported.bytes.length} bytes`,
  )
  console.log(
    `largest difference to tfjs at [${parity.inputShape}]: ${parity.largestDifference.toExponential(2)}, ` +
      `equal labels: ${(100 * parity.equalLabels).toFixed(3)} %`,
  )
  if (!(parity.largestDifference <= MAX_DIFFERENCE)) {
    console.error(`onelabel convert: the difference is above ${MAX_DIFFERENCE}; nothing was written`)
    return 1
  }
  await writeFile(target, exported.bytes)
  return 0
}

function print(text: string, code: number): number {
  if (code === 0) console.log(text)
  else console.error(text)
  return code
}

await runCommand('convert', convert)
