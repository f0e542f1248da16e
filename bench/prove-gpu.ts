/**
 * Whether the models give on a GPU what they give on the CPU, and how soon: the proof that a machine with one is asked for.
 * Prints one JSON object (docs/gpu.md lists its fields). Exit codes: 0 proved, 1 not proved, 2 usage, 3 nothing to prove it
 * on, with what is missing.
 *
 *   npm run -s prove:gpu -- [--device cuda,webgpu] [--provider-dir <folder>] [--models <folder>] [--edge 256] [--heads 8]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig } from '../src/config.ts'
import { gpuMemoryUsedBytes } from '../src/telemetry/gpu-memory.ts'
import { lendProvider } from './gpu/lend-provider.ts'
import type { Asked, FromProver, Proof } from './gpu/proof.ts'
import { GPU_DEVICES, type GpuDevice, type Here, lookAround, MISSING_FOR } from './gpu/what-is-here.ts'
import { machineFacts } from './machine.ts'

const PROVED = 0
const NOT_PROVED = 1
const USAGE = 2
const NOT_READY = 3
const PROVER = resolve(import.meta.dirname, 'gpu/prover.ts')
const MEMORY_EVERY_MS = 200
const MIB = 2 ** 20

interface GpuMemory {
  readonly beforeMiB: number
  readonly highestMiB: number
}

type DeviceResult =
  | { readonly device: GpuDevice; readonly ready: false; readonly missing: readonly string[]; readonly mend: string }
  | {
      readonly device: GpuDevice
      readonly ready: true
      readonly proved: boolean
      readonly failure: string | null
      readonly proof: Proof | null
      readonly gpuMemory: GpuMemory | null
    }

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: GPU_DEVICES.join() },
    'provider-dir': { type: 'string' },
    models: { type: 'string' },
    edge: { type: 'string', default: '256' },
    heads: { type: 'string', default: '8' },
  },
})
const devices = values.device.split(',')
const [edge, heads] = [Number(values.edge), Number(values.heads)]
const isWrong = (n: number) => !Number.isInteger(n) || n < 1
if (isWrong(edge) || isWrong(heads) || !devices.every((name) => GPU_DEVICES.some((known) => known === name))) {
  console.error(
    `--device is ${GPU_DEVICES.join(' or ')}, or both with a comma between; --edge and --heads are whole numbers`,
  )
  process.exit(USAGE)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(NOT_PROVED))

function modelsDir(): string {
  if (values.models !== undefined) return resolve(values.models)
  const read = readConfig({})
  if (!read.ok) throw new Error(read.faults.join('; '))
  return read.config.modelsDir
}

async function prove(device: GpuDevice, here: Here): Promise<DeviceResult> {
  const missing = MISSING_FOR[device](here)
  if (missing.length > 0) {
    const mend = [...new Set(missing.map((one) => one.mend))].join('; ')
    return { device, ready: false, missing: missing.map(({ what }) => what), mend }
  }
  const isLent = device === 'cuda' && here.providerFolder !== undefined
  const giveBack = isLent ? lendProvider(here.providerFolder, here.bindingFolder) : () => {}
  const watched = await watchGpuMemory()
  const told = await ask({ device, modelsDir: modelsDir(), edge, heads })
  giveBack()
  const proof = 'proof' in told ? told.proof : null
  return {
    ...{ device, ready: true },
    proved: proof?.models.every(({ isMet }) => isMet) ?? false,
    failure: 'proof' in told ? null : told.reason,
    proof,
    gpuMemory: watched(),
  }
}

/** Resolves also where the process that computes does not live to tell. */
async function ask(asked: Asked): Promise<{ readonly proof: Proof } | { readonly reason: string }> {
  const child = fork(PROVER, [JSON.stringify(asked)], { stdio: ['ignore', 2, 2, 'ipc'] })
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  let doing = 'starting'
  let last: FromProver | undefined
  child.on('message', (message: FromProver) => {
    last = message
    if (message.kind === 'doing') {
      doing = message.what
      console.error(`${asked.device}: ${doing}`)
    }
  })
  const [code, signal] = await once(child, 'close')
  process.off('exit', kill)
  if (last?.kind === 'proof') return { proof: last.proof }
  if (last?.kind === 'failed') return { reason: `${doing}: ${last.reason}` }
  return { reason: `its process ended with ${signal ?? code} at: ${doing}` }
}

/** Watches the memory of all GPUs while the other process computes. @returns stops; null where no tool reports it */
async function watchGpuMemory(): Promise<() => GpuMemory | null> {
  const before = await gpuMemoryUsedBytes()
  let highest = before ?? 0
  const timer = setInterval(async () => {
    highest = Math.max(highest, (await gpuMemoryUsedBytes()) ?? 0)
  }, MEMORY_EVERY_MS)
  if (before === undefined) clearInterval(timer)
  return () => {
    clearInterval(timer)
    if (before === undefined) return null
    return { beforeMiB: Math.round(before / MIB), highestMiB: Math.round(highest / MIB) }
  }
}

const machine = machineFacts()
const here = lookAround(machine.onnxruntime, values['provider-dir'])
const results: DeviceResult[] = []
for (const device of devices) results.push(await prove(device as GpuDevice, here))
const tried = results.filter((result) => result.ready)
const untried = results.filter((result) => !result.ready)
const ready = tried.length > 0
const proved = ready && tried.every((result) => result.proved)
const summary = {
  ...{ ready, proved },
  missing: untried.flatMap(({ device, missing }) => missing.map((what) => `${device}: ${what}`)),
  mend: untried.map(({ device, mend }) => `${device}: ${mend}`).join('; ') || null,
  machine,
  gpus: here.gpus,
  devices: results,
}
console.log(JSON.stringify(summary, null, 2))
process.exitCode = !ready ? NOT_READY : proved ? PROVED : NOT_PROVED
