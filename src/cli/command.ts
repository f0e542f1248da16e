/** What the commands share. */
import { resolve } from 'node:path'
import { readConfig } from '../config.ts'
import { DEVICE_CHOICES, type DeviceChoice } from '../network/device.ts'
import type { NiftiLimits } from '../nifti/limits.ts'

/** @returns the exit code; null = it goes on by itself */
export type Command = (args: readonly string[]) => Promise<number | null>

/** Options of every command that runs a network. */
export const ENGINE_OPTIONS = {
  models: { type: 'string' },
  device: { type: 'string', default: 'auto' },
  threads: { type: 'string', default: '0' },
  help: { type: 'boolean', short: 'h' },
} as const

export const ENGINE_HELP = `  --models <folder>   where the models lie (default: those of this checkout)
  --device <device>   ${DEVICE_CHOICES.join(', ')} (default: auto = CUDA, else CPU)
  --threads <number>  of the CPU (default: the cores this process may use)
  --help
`

export interface EngineSettings {
  readonly modelsDir: string
  readonly device: DeviceChoice
  readonly threads: number
  readonly limits: NiftiLimits
}

/** The options as settings; the limits are the service's defaults. Wrong values are usage errors. */
export function engineSettings(values: {
  readonly models?: string | undefined
  readonly device: string
  readonly threads: string
}): EngineSettings {
  const defaults = readConfig({})
  if (!defaults.ok) throw new Error(defaults.faults.join('; '))
  const { config } = defaults
  const device = DEVICE_CHOICES.find((choice) => choice === values.device)
  if (device === undefined) {
    throw usageError(`--device is one of ${DEVICE_CHOICES.join(', ')}; found '${values.device}'`)
  }
  if (!/^\d{1,4}$/.test(values.threads)) throw usageError(`--threads is a whole number; found '${values.threads}'`)
  return {
    modelsDir: values.models === undefined ? config.modelsDir : resolve(values.models),
    device,
    threads: Number(values.threads),
    limits: {
      maxFileBytes: config.maxUploadBytes,
      maxInflatedBytes: config.maxInflatedBytes,
      maxVoxels: config.maxVoxels,
    },
  }
}

/** An error of the same kind as those of node:util's parseArgs, so that both end with exit code 2. */
export function usageError(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_PARSE_ARGS_ONELABEL' })
}
