/** Files, and the comparison on onnxruntime-node (an optional peer of this package). */
import '../../../training/compile/cpu-backend.ts'
import * as tf from '@tensorflow/tfjs-core'
import { openCheckRuntime } from '../../../training/compile/check-runtime.ts'
import { readArtifacts } from '../../../training/compile/convert/artifacts.ts'
import { MAX_DIFFERENCE } from '../../../training/compile/convert/compare.ts'
import { type Converted, convert, type Options } from './index.ts'

export { openCheckRuntime, readArtifacts }

/**
 * The model of model.json at `path`, compared with tfjs.
 * @throws what convert() throws, and where the two differ by more than MAX_DIFFERENCE
 */
export async function convertFile(path: string, options: Options = {}): Promise<Converted> {
  await tf.setBackend('cpu')
  const converted = await convert(await readArtifacts(path), { openRuntime: openCheckRuntime, ...options })
  const wrong = converted.checks.find(({ largestDifference }) => !(largestDifference <= MAX_DIFFERENCE))
  if (wrong === undefined) return converted
  throw new Error(`tfjs and ONNX differ by ${wrong.largestDifference} at ${JSON.stringify(wrong.shapes)}`)
}
