/** How many bytes the weights of a manifest take: quantised ones one or two a value, the others as their type. */
import type { io } from '@tensorflow/tfjs-core'

const BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  uint16: 2,
  float16: 2,
  uint8: 1,
  bool: 1,
  complex64: 8,
}

/**
 * Bytes of all `weights`; undefined where one is a string tensor, whose length stands in the data itself.
 * @throws where a weight has a type or quantisation tfjs does not know, naming both
 */
export function expectedBytes(weights: readonly io.WeightsManifestEntry[]): number | undefined {
  let sum = 0
  for (const { name, shape, dtype, quantization } of weights) {
    if (dtype === 'string') return undefined
    const stored = quantization?.dtype ?? dtype
    const bytes = BYTES[stored]
    if (bytes === undefined) {
      throw new Error(`the weight '${name}' is stored as ${stored}; allowed are ${Object.keys(BYTES).join(', ')}`)
    }
    sum += bytes * shape.reduce((product, size) => product * size, 1)
  }
  return sum
}
