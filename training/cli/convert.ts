/** `onelabel convert`: a tfjs layers or graph model becomes an ONNX file, checked against tfjs on the same inputs. */
import '../compile/cpu-backend.ts'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { openCheckRuntime } from '../compile/check-runtime.ts'
import { readArtifacts } from '../compile/convert/artifacts.ts'
import type { Sizes } from '../compile/convert/axes.ts'
import { disagreement } from '../compile/convert/check.ts'
import { batchOf, opsetOf, reportOf, sizesOf } from '../compile/convert/command.ts'
import { MAX_DIFFERENCE, MAX_FP16_DIFFERENCE } from '../compile/convert/compare.ts'
import { type Converted, convertModel } from '../compile/convert/convert.ts'
import { quantize } from '../compile/quantize/quantize.ts'
import { encodeOnnx } from '../compile/trace/onnx.ts'
import { OPSET, OPSETS } from '../compile/trace/opset.ts'
import { calibrationPatches, readCalibration } from '../data/calibration.ts'
import { type CardDraft, readDraft } from '../run/card-draft.ts'
import { runCommand } from './run.ts'

const HELP = `usage: onelabel convert <model.json> <model.onnx> [--batch N|1] [--size 96,96,96] [--check-size 8,8,8] [--seed 1]
       [--opset 17] [--fp16] [--channels-first] [--for-inference [--int8 calibration.json [--data folder]] [--card card.json]]

Converts a tfjs layers or graph model (model.json and its weight shards) to ONNX and runs both on the same random
inputs. Fails, and writes nothing, where they differ by more than ${MAX_DIFFERENCE} (relative to the largest output).

  --batch       a number fixes the batch, N demands an open one; left out, it stays open where the model allows it
  --size        D,H,W or H,W or the length of a sequence; left out, what the model states, open where it states none
  --check-size  the same for the comparison (tfjs in plain JavaScript is slow); 3-D grids at most 16 if left out
  --seed        of the random inputs
  --opset       of the file: ${OPSETS.least} to ${OPSETS.most}, ${OPSET} if left out
  --fp16        weights are stored as float16: half of the file. It is computed in float32, as without it; fails above
                ${MAX_FP16_DIFFERENCE} of the largest output
  --channels-first  inputs and outputs are [N,C,D,H,W], [N,C,H,W] or [N,C,L], in place of tfjs's channels last
  --for-inference  for a network that is only run, at batch 1: channels first, and fewer, larger steps; the same numbers
  --int8        the inner convolutions in whole numbers, calibrated on the scans of this file (docs/converting.md)
  --data        the folder of those scans
  --card        a model's card, or a draft of one (docs/converting.md): it says which file was written. --size is then the
                patch of its \`inference\`; onelabel release <its folder> makes the rest
`

async function convert(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      batch: { type: 'string' },
      size: { type: 'string' },
      'check-size': { type: 'string' },
      seed: { type: 'string', default: '1' },
      opset: { type: 'string' },
      fp16: { type: 'boolean', default: false },
      'channels-first': { type: 'boolean', default: false },
      'for-inference': { type: 'boolean', default: false },
      int8: { type: 'string' },
      data: { type: 'string', default: '.' },
      card: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return print(HELP, 0)
  const [source, target] = positionals
  if (source === undefined || target === undefined || positionals.length > 2) return print(HELP, 2)
  if (values.int8 !== undefined && !values['for-inference']) throw new Error('--int8 goes with --for-inference')
  if (values.int8 !== undefined && values.fp16) throw new Error('--int8 and --fp16 do not go together')
  const draft = values.card === undefined ? undefined : await readDraft(values.card)
  await tf.setBackend('cpu')
  const converted = await convertModel(
    await readArtifacts(source),
    {
      ...batchOf(values.batch),
      size: values.size === undefined && draft !== undefined ? patchOf(draft) : sizesOf(values.size),
      checkSize: sizesOf(values['check-size']),
      seed: Number(values.seed),
      ...opsetOf(values.opset),
      fp16: values.fp16,
      channelsFirst: values['channels-first'],
      forInference: values['for-inference'],
    },
    openCheckRuntime,
  )
  for (const line of reportOf(converted)) console.log(line)
  const tooFar = disagreement(converted)
  if (tooFar !== undefined) {
    console.error(`onelabel convert: ${tooFar}; nothing was written`)
    return 1
  }
  const bytes = values.int8 === undefined ? converted.bytes : await inWholeNumbers(converted, values.int8, values.data)
  await writeFile(target, bytes)
  if (draft !== undefined) await writeWeights(values.card!, draft, target, bytes, converted.opset)
  return 0
}

async function inWholeNumbers(
  { graph, metadata, opset }: Converted,
  calibration: string,
  data: string,
): Promise<Uint8Array> {
  const {
    graph: whole,
    watched,
    taken,
    agreement,
  } = await quantize(graph, await calibrationPatches(await readCalibration(calibration), data))
  for (const { conv, range, error } of watched) {
    const kept = taken.some((one) => one.conv === conv) ? 'whole numbers' : 'float32'
    const channels = `${range.inputStep.length} → ${range.outputSpread.length} channels`
    console.log(`${conv.outputs[0]}, ${channels}: error ${error.toFixed(4)}, zero ${range.inputZero}: ${kept}`)
  }
  console.log(`equal labels on the calibration patches, of voxels that are labelled: ${(100 * agreement).toFixed(3)} %`)
  return encodeOnnx(whole, { ...metadata, int8Convolutions: String(taken.length) }, opset)
}

/** Voxels along R, A, S are those of a network's axes W, H, D. */
function patchOf({ inference }: CardDraft): Sizes {
  const [W, H, D] = inference.patchVoxels
  return { D, H, W }
}

/** The card says of which file it speaks. */
async function writeWeights(
  cardFile: string,
  draft: CardDraft,
  target: string,
  bytes: Uint8Array,
  opset: number,
): Promise<void> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const weights = { file: basename(target), sha256, bytes: bytes.length, opset }
  await writeFile(cardFile, `${JSON.stringify({ ...draft, weights }, null, 2)}\n`)
}

function print(text: string, code: number): number {
  if (code === 0) console.log(text)
  else console.error(text)
  return code
}

await runCommand('convert', convert)
