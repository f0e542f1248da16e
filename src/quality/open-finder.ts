/** Loads the network of the tissue finder. A file of its own, because onnxruntime may be reached in the child process only. */
import { join } from 'node:path'
import { type OpenEngine, openEngine } from '../network/ort.ts'
import { FINDER } from './finder-network.ts'

export type OpenFinder = Pick<OpenEngine, 'engine' | 'close'>

export const FINDER_PATH = join(import.meta.dirname, 'tissue-finder.onnx')

/** Always on the CPU: it is small. @param threads as of openEngine() */
export function openFinder(threads: number): Promise<OpenFinder> {
  return openEngine(FINDER_PATH, FINDER, {
    device: 'cpu',
    threads,
    givesBack: true,
  })
}
