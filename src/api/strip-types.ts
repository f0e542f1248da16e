/**
 * TypeScript as JavaScript, its types replaced by blanks, so that lines and columns stay what they were. With amaro, which is
 * what Node itself strips types with: Node's own `stripTypeScriptTypes` warns at each start that it is experimental. In a
 * thread that ends, because its WebAssembly would hold 40 MiB for as long as the service runs.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { transformSync } from 'amaro'

/**
 * @param sources file name → TypeScript
 * @returns file name → JavaScript; rejects where one of them is no TypeScript of which the types can be erased
 */
export function strippedOfTypes(sources: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, string>>>()
  const worker = new Worker(new URL(import.meta.url), { workerData: sources })
  worker.once('message', resolve)
  worker.once('error', reject)
  return promise
}

function strip(filename: string, source: string): string {
  try {
    return transformSync(source, { mode: 'strip-only', filename }).code
  } catch (error) {
    throw new Error(`${filename} is no TypeScript of which the types can be erased`, { cause: error })
  }
}

if (!isMainThread) {
  const sources = workerData as Readonly<Record<string, string>>
  const stripped = Object.entries(sources).map(([filename, source]) => [filename, strip(filename, source)])
  parentPort?.postMessage(Object.fromEntries(stripped))
}
