/** What figures of time are figures of: the machine, what else it does, and what runs on it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, freemem, loadavg, totalmem } from 'node:os'
import { resolve } from 'node:path'

const GIB = 2 ** 30
/** So many processes that ran at a time, in the last minute, are one too many. */
export const QUIET_LOAD = 0.5

export interface Machine {
  readonly cpu: string
  /** That this process may use. */
  readonly cores: number
  readonly memoryGiB: number
  readonly freeMemoryGiB: number
  /** Processes that ran or waited to run, mean of the last minute, before anything was started. */
  readonly loadAverageBefore: number
  readonly node: string
  /** The version that is installed. */
  readonly onnxruntime: string
}

const tenths = (value: number) => Math.round(value * 10) / 10

export function machineFacts(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: tenths(totalmem() / GIB),
    freeMemoryGiB: tenths(freemem() / GIB),
    loadAverageBefore: loadavg()[0] ?? Number.NaN,
    node: process.versions.node,
    onnxruntime: onnxruntimeVersion(),
  }
}

/** The versions of the package and of its own library. */
export function onnxruntimeVersion(): string {
  const path = createRequire(import.meta.url).resolve('onnxruntime-node/package.json')
  return (JSON.parse(readFileSync(resolve(path), 'utf8')) as { readonly version: string }).version
}
