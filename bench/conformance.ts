/**
 * The converter on every tfjs model below a folder: how far its ONNX is from tfjs on the same random inputs, as the table of
 * packages/tfjs-to-onnx/README.md. Batch 1, the grid of the comparison as the command chooses it.
 *
 *   npx node bench/conformance.ts <folder>     prints Markdown
 */
import '../training/compile/cpu-backend.ts'
import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { openCheckRuntime } from '../training/compile/check-runtime.ts'
import { readArtifacts } from '../training/compile/convert/artifacts.ts'
import { convertModel } from '../training/compile/convert/convert.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: conformance.ts <folder of tfjs models>')
await tf.setBackend('cpu')

const kilobytes = ({ length }: Uint8Array): string => (length / 1000).toFixed(0)

async function rowOf(path: string): Promise<readonly string[]> {
  try {
    const artifacts = await readArtifacts(join(folder!, path))
    const options = { size: {}, checkSize: {}, seed: 1, batch: 1, fp16: true }
    const { graph, open, checks, fp16Checks, bytes } = await convertModel(artifacts, options, openCheckRuntime)
    const [[check], [half]] = [checks, fp16Checks]
    const whole = await convertModel(artifacts, { ...options, fp16: false }, null)
    const side = (values: typeof graph.inputs) => values.map(({ shape, dims }) => `[${dims ?? shape}]`).join(' ')
    return [
      artifacts.kind,
      `${side(graph.inputs)} → ${side(graph.outputs)}`,
      open.join(', ') || 'none',
      Object.values(check!.shapes).join(' '),
      check!.largestDifference.toExponential(1),
      `${(100 * check!.equalLabels).toFixed(2)} %`,
      half!.largestDifference.toExponential(1),
      `${(100 * half!.equalLabels).toFixed(2)} %`,
      `${kilobytes(whole.bytes)} → ${kilobytes(bytes)}`,
    ]
  } catch (error) {
    return [`refused: ${error instanceof Error ? error.message : error}`, '', '', '', '', '', '', '', '']
  }
}

const HEAD = ['model', 'kind', 'shapes', 'open axes', 'compared at', 'largest difference', 'equal labels'].concat([
  'in float16: largest difference',
  'equal labels',
  'kB',
])
for (const cells of [HEAD, HEAD.map(() => '---')]) console.log(`| ${cells.join(' | ')} |`)
for (const path of globSync('**/model.json', { cwd: folder }).sort())
  console.log(`| ${[dirname(path), ...(await rowOf(path))].join(' | ')} |`)
