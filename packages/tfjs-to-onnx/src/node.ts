/** Files, and the comparison on onnxruntime-node (an optional peer of this package). */
import '../../../training/compile/cpu-backend.ts'
import * as tf from '@tensorflow/tfjs-core'
import { openCheckRuntime } from '../../../training/compile/check-runtime.ts'
import { readArtifacts } from '../../../training/compile/convert/artifacts.ts'
import { disagreement } from '../../../training/compile/convert/check.ts'
import { type Converted, convert, type Options } from './index.ts'

export { openCheckRuntime, readArtifacts }

/**
 * The model of model.json at `path`, compared with tfjs.
 * @throws what convert() throws, and where the two differ by more than MAX_DIFFERENCE, or with weights in float16 by more than
 *   MAX_FP16_DIFFERENCE
 */
export async function convertFile(path: string, options: Options = {}): Promise<Converted> {
  await tf.setBackend('cpu')
  const converted = await convert(await readArtifacts(path), { openRuntime: openCheckRuntime, ...options })
  const tooFar = disagreement(converted)
  if (tooFar !== undefined) throw new Error(tooFar)
  return converted
}
