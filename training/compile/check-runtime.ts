/** onnxruntime-node as what a conversion is compared on. */
import type { CheckRuntime } from './convert/compare.ts'
import { openRuntimeFromBytes, tensorOf } from './runtime.ts'

/** On the CPU. */
export async function openCheckRuntime(bytes: Uint8Array): Promise<CheckRuntime> {
  const runtime = await openRuntimeFromBytes(bytes, 'cpu')
  return {
    inputNames: runtime.inputNames,
    run: async (feeds) => {
      const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [name, tensorOf(type, data, dims)])
      const outputs = await runtime.run(Object.fromEntries(tensors))
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { type, dims, data }]) => [
          name,
          { type, dims, data: data as ArrayLike<number | bigint> },
        ]),
      )
    },
    close: () => runtime.close(),
  }
}
