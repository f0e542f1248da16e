#!/usr/bin/env node
/** `tfjs-to-onnx model.json model.onnx`: converts and compares; nothing is written where the two differ. Exit code 2 for wrong usage. */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { batchOf, opsetOf, reportOf, sizesOf } from '../../../training/compile/convert/command.ts'
import { MAX_FP16_DIFFERENCE } from '../../../training/compile/convert/compare.ts'
import { OPSET, OPSETS } from '../../../training/compile/trace/opset.ts'
import { convertFile } from './node.ts'

const HELP = `usage: tfjs-to-onnx <model.json> <model.onnx> [--batch N|1] [--size 96,96,96] [--check-size 8,8,8] [--seed 1]
       [--opset 17] [--fp16] [--channels-first] [--for-inference]

Converts a tfjs layers or graph model (model.json and its weight shards) to ONNX and runs both on the same random
inputs. Fails, and writes nothing, where they differ by more than 1e-4 (relative to the largest output).

  --batch       a number fixes the batch, N demands an open one; left out, it stays open where the model allows it
  --size        D,H,W or H,W or the length of a sequence; left out, what the model states, open where it states none
  --check-size  the same for the comparison (tfjs in plain JavaScript is slow); 3-D grids at most 16 if left out
  --seed        of the random inputs
  --opset       of the file: ${OPSETS.least} to ${OPSETS.most}, ${OPSET} if left out
  --fp16        weights are stored as float16: half of the file. It is computed in float32, as without it; fails above
                ${MAX_FP16_DIFFERENCE} of the largest output
  --channels-first  inputs and outputs are [N,C,D,H,W], [N,C,H,W] or [N,C,L], in place of tfjs's channels last
  --for-inference  for a network that is only run, at batch 1: channels first, and fewer, larger steps; the same numbers
`

const OPTIONS = {
  batch: { type: 'string' },
  size: { type: 'string' },
  'check-size': { type: 'string' },
  seed: { type: 'string', default: '1' },
  opset: { type: 'string' },
  fp16: { type: 'boolean', default: false },
  'channels-first': { type: 'boolean', default: false },
  'for-inference': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h' },
} as const

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS })
  const [source, target] = positionals
  if (values.help || source === undefined || target === undefined || positionals.length > 2) {
    process[values.help ? 'stdout' : 'stderr'].write(HELP)
    return values.help ? 0 : 2
  }
  const converted = await convertFile(source, {
    ...batchOf(values.batch),
    size: sizesOf(values.size),
    checkSize: sizesOf(values['check-size']),
    seed: Number(values.seed),
    ...opsetOf(values.opset),
    fp16: values.fp16,
    channelsFirst: values['channels-first'],
    forInference: values['for-inference'],
  })
  for (const line of reportOf(converted)) console.log(line)
  await writeFile(target, converted.bytes)
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Error)) throw error
  console.error(`tfjs-to-onnx: ${error.message}`)
  process.exitCode = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_') ? 2 : 1
}
