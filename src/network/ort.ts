/**
 * The only file that imports onnxruntime. Its run() blocks the JavaScript thread, so the service reaches this file in
 * a child process only (docs/decisions/0002); a test walks the imports.
 *
 * Nothing falls back by itself: a session on a provider whose library is missing throws, and a session can be made on
 * a device that then fails at its first run. So a device counts as working only after a warm run at production shape.
 */
import './no-telemetry.ts'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { FaultError } from '../errors.ts'
import { release } from '../volume/release.ts'
import { channelsFirst, channelsLast } from './channel-order.ts'
import type { Device, DeviceChoice } from './device.ts'
import type { Engine } from './engine.ts'

export interface OpenEngine {
  readonly engine: Engine
  readonly device: Device
  /** Why 'auto' did not take CUDA. */
  readonly deviceReason?: string
  close(): Promise<void>
}

/** The part of a card that says what its network takes and gives. */
export interface NetworkShape {
  readonly channels: readonly unknown[]
  readonly labels: readonly unknown[]
  readonly inference: {
    readonly patchVoxels: readonly [number, number, number]
    /** There where its sides are open: multiples of so many voxels. */
    readonly tiles?: { readonly multiple: number }
  }
}

export interface EngineOptions {
  readonly device: DeviceChoice
  /** Threads of one run on the CPU; 0 = the cores this process may use (Node heeds affinity and the cgroup's quota). */
  readonly threads: number
  /** Memory of a run is given back after it, which costs time: for a network that runs once a scan. */
  readonly givesBack?: boolean
}

/**
 * Loads the network at `modelPath` and runs it once on zeros.
 *
 * One input [1, C, D, H, W] and one output [1, K, D, H, W], or either with its channels last, float32, fixed but for the
 * batch, as the card says; else FaultError 'model-invalid' with both shapes. A named device that cannot run it throws an Error with the reason.
 */
export async function openEngine(modelPath: string, card: NetworkShape, options: EngineOptions): Promise<OpenEngine> {
  if (options.device !== 'auto') return openOn(options.device, modelPath, card, options)
  try {
    return await openOn('cuda', modelPath, card, options)
  } catch (error) {
    if (error instanceof FaultError) throw error
    return { ...(await openOn('cpu', modelPath, card, options)), deviceReason: messageOf(error) }
  }
}

async function openOn(
  device: Device,
  modelPath: string,
  card: NetworkShape,
  { threads, givesBack }: Pick<EngineOptions, 'threads' | 'givesBack'>,
): Promise<OpenEngine> {
  if (device === 'cuda' && !isCudaProviderInstalled()) {
    throw new Error('cannot run on cuda: onnxruntime has no CUDA provider library here')
  }
  try {
    const session = await InferenceSession.create(modelPath, {
      executionProviders: [device],
      intraOpNumThreads: threads || availableParallelism(),
      graphOptimizationLevel: 'all',
      enableCpuMemArena: !givesBack,
      // The pattern is one block for a whole run beside the arena: 75 MiB more for a patch of 96³, and not faster.
      enableMemPattern: givesBack === true,
    })
    const engine = engineOf(session, card)
    const [w, h, d] = warmPatch(card)
    await engine(new Float32Array(d * h * w * card.channels.length), [d, h, w])
    return { engine, device, close: () => session.release() }
  } catch (error) {
    if (error instanceof FaultError) throw error
    throw new Error(`cannot run on ${device}: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * As it is asked for later. Of a network that takes tiles a small one, which goes the same way: what a large one takes is held from
 * then on, and no scan may ever need it.
 */
function warmPatch({ inference: { patchVoxels, tiles } }: NetworkShape): readonly [number, number, number] {
  if (tiles === undefined) return patchVoxels
  const side = 4 * tiles.multiple
  return [side, side, side]
}

/** Order of the values in a network's tensors: the engine's own, or that of tfjs, which costs a copy each way. */
type Order = 'first' | 'last'

function engineOf(session: InferenceSession, card: NetworkShape): Engine {
  const [w, h, d] = card.inference.patchVoxels
  const space = card.inference.tiles === undefined ? [d, h, w] : OPEN
  const [channels, labels] = [card.channels.length, card.labels.length]
  const input = soleTensor(session.inputMetadata, 'input', space, channels)
  const output = soleTensor(session.outputMetadata, 'output', space, labels)
  let [given, answered] = [new Float32Array(0), new Float32Array(0)]
  // onnxruntime makes a new array for each patch (also where it is given one to fill), and the collector lets several wait
  let before: Float32Array = new Float32Array(0)
  return async (patch, shape) => {
    release(before)
    const isLast = input.order === 'last'
    if (isLast) {
      if (given.length !== patch.length) given = new Float32Array(patch.length)
      channelsLast(patch, channels, given)
    }
    const dims = isLast ? [1, ...shape, channels] : [1, channels, ...shape]
    const results = await session.run({ [input.name]: new Tensor('float32', isLast ? given : patch, dims) })
    before = results[output.name]!.data as Float32Array
    if (output.order === 'first') return before
    if (answered.length !== before.length) answered = new Float32Array(before.length)
    channelsFirst(before, labels, answered)
    return answered
  }
}

/** A side of any size, of a network that takes tiles. */
const ANY = 'any' as const
const OPEN = [ANY, ANY, ANY] as const

/** The only input (or output), which must be float32, [1 or symbolic, values, …space] or [1 or symbolic, …space, values]. */
function soleTensor(
  metadata: readonly InferenceSession.ValueMetadata[],
  role: 'input' | 'output',
  space: readonly (number | typeof ANY)[],
  values: number,
): { readonly name: string; readonly order: Order } {
  const [tensor] = metadata
  const orders = { first: `${[values, ...space]}`, last: `${[...space, values]}` } as const
  const wanted = `one float32 [1, ${[values, ...space].join(', ')}] or [1, ${[...space, values].join(', ')}]`
  if (!tensor?.isTensor || metadata.length !== 1) {
    throw new FaultError('model-invalid', `the network has ${metadata.length} ${role}s; its card asks for ${wanted}`)
  }
  const [batch, ...sides] = tensor.shape
  const rest = sides.map((side) => (typeof side === 'string' ? ANY : side))
  const isFit = tensor.type === 'float32' && (batch === 1 || typeof batch === 'string')
  const order = (['first', 'last'] as const).find((each) => orders[each] === `${rest}`)
  if (isFit && order !== undefined) return { name: tensor.name, order }
  const found = `${tensor.type} [${tensor.shape.join(', ')}]`
  throw new FaultError('model-invalid', `the network's ${role} is ${found}; its card asks for ${wanted}`)
}

/** Looked for by name, because onnxruntime answers a missing library with an error on the terminal as well. */
function isCudaProviderInstalled(): boolean {
  const root = resolve(dirname(fileURLToPath(import.meta.resolve('onnxruntime-node'))), '..')
  return globSync('bin/**/{lib,}onnxruntime_providers_cuda.{so,dll}', { cwd: root }).length > 0
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
