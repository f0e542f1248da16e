/**
 * Where the time of a training step goes: milliseconds by op, the share inside convolutions and matrix products,
 * GFLOP/s of the whole step and what the machine's own matrix product reaches in the same run.
 *   node bench/step-profile.ts [recipe | 16 | 64]     prints JSON
 * Operations counted: 2 · 3 · (multiply-adds of all convolutions forward); a step does each forward, for the gradient
 * of its input and for that of its weights. Norms, losses and AdamW count as nothing.
 */
import { globSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import '../training/compile/cpu-backend.ts'
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { InferenceSession } from 'onnxruntime-node'
import { seededRandom } from '../training/compile/random.ts'
import { float32, openRuntimeFromBytes } from '../training/compile/runtime.ts'
import { createGraph } from '../training/compile/trace/graph.ts'
import { encodeOnnx } from '../training/compile/trace/onnx.ts'
import { lossTargets } from '../training/method/losses/targets.ts'
import { openStep } from '../training/method/step.ts'
import { buildUnet, type UnetSpec } from '../training/method/unet.ts'
import { readRecipe } from '../training/run/recipe-file.ts'

/** The fastest is reported: in the first few, and now and then later, the system still lays out memory. */
const RUNS = 8
const LABELS = 5
const RECIPE = join(import.meta.dirname, '../training/recipes/joint-wmh.json')
const NETS: Readonly<Record<string, () => Promise<{ unet: UnetSpec; side: number }>>> = {
  recipe: async () => {
    const { unet, patchVoxels } = await readRecipe(RECIPE)
    return { unet, side: patchVoxels[0] }
  },
  '16': async () => ({ unet: { stem: 1, channels: [16, 32], convolutions: 2 }, side: 96 }),
  '64': async () => ({ unet: { stem: 1, channels: [64, 128], convolutions: 2 }, side: 48 }),
}

/** Best of several products of square and oblong matrices, GFLOP/s. */
async function matrixPeak(): Promise<number> {
  let peak = 0
  for (const [m, k, n] of [
    [512, 2048, 512],
    [1024, 1024, 1024],
    [192, 4608, 576],
  ] as const) {
    const graph = createGraph()
    for (const [name, shape] of [['a', [m, k]] as const, ['b', [k, n]] as const])
      graph.input({ name, type: 'float32', shape })
    const finished = graph.finish([{ name: graph.node('MatMul', ['a', 'b']), type: 'float32', shape: [m, n] }])
    const runtime = await openRuntimeFromBytes(encodeOnnx(finished), 'cpu')
    const feeds = {
      a: float32(new Float32Array(m * k).fill(0.5), [m, k]),
      b: float32(new Float32Array(k * n).fill(0.5), [k, n]),
    }
    for (let run = 0; run < 20; run++) {
      const started = performance.now()
      await runtime.run(feeds)
      peak = Math.max(peak, (2 * m * k * n) / (performance.now() - started) / 1e6)
    }
    await runtime.close()
  }
  return peak
}

function gflopOfStep(model: LayersModel): number {
  const forward = model.layers
    .filter((layer) => layer.getClassName() === 'Conv3D')
    .map((layer) => {
      const [weights, [, d, h, w]] = [layer.getWeights()[0]!.size, layer.outputShape as number[]]
      return 2 * weights * d! * h! * w!
    })
  return (3 * forward.reduce((a, b) => a + b, 0)) / 1e9
}

/** Milliseconds by op in the fastest run of onnxruntime's profile. */
function byOp(profile: string): Map<string, number> {
  type Event = { cat: string; name: string; dur: number; args: { op_name: string } }
  const events = JSON.parse(readFileSync(profile, 'utf8')) as Event[]
  const nodes = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'))
  const perRun = nodes.length / RUNS
  const runs = Array.from({ length: RUNS }, (_, run) => nodes.slice(run * perRun, (run + 1) * perRun))
  const length = (run: readonly Event[]) => run.reduce((sum, { dur }) => sum + dur, 0)
  const fastest = runs.reduce((a, b) => (length(b) < length(a) ? b : a))
  const times = new Map<string, number>()
  for (const { args, dur } of fastest) times.set(args.op_name, (times.get(args.op_name) ?? 0) + dur / 1000)
  return new Map([...times].sort((a, b) => b[1] - a[1]))
}

/** The best of the runs of a step, ms. With a prefix onnxruntime writes its profile there. */
async function timedStep(model: LayersModel, side: number, profilePrefix?: string): Promise<number> {
  const create = InferenceSession.create
  const sessions: InferenceSession[] = []
  if (profilePrefix !== undefined) {
    Object.assign(InferenceSession, {
      create: async (bytes: Uint8Array, options: object) => {
        const profiling = { ...options, enableProfiling: true, profileFilePrefix: profilePrefix }
        sessions.push(await create.call(InferenceSession, bytes, profiling))
        return sessions[0]
      },
    })
  }
  const optimiser = {
    kind: 'adamw',
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    weightDecay: 0.01,
    maxGradientNorm: 1,
  } as const
  const step = await openStep(model, { batch: 1, optimiser, loss: { crossEntropy: 1, dice: 1 }, device: 'cpu' })
  Object.assign(InferenceSession, { create })
  const random = seededRandom(1)
  const image = Float32Array.from({ length: side ** 3 * 2 }, () => random.normal())
  // Every voxel states one of three labels.
  const masks = Uint8Array.from({ length: side ** 3 }, (_, voxel) => 1 << (voxel % 3))
  const targets = lossTargets(masks, [{ own: 31, head: 0 }], [[0, 1, 2, 3, 4]])
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now()
    await step.run(image, targets, 1e-3)
    best = Math.min(best, performance.now() - started)
  }
  for (const session of sessions) session.endProfiling()
  await step.close()
  return best
}

const name = process.argv[2] ?? 'recipe'
const net = NETS[name]
if (net === undefined) {
  console.error(`usage: node bench/step-profile.ts [${Object.keys(NETS).join(' | ')}]`)
  process.exit(2)
}
await tf.setBackend('cpu')
const { unet, side } = await net()
const model = buildUnet(unet, { patch: [side, side, side], channels: 2, labels: LABELS }, 1)
const stepMs = await timedStep(model, side)
const matrixPeakGflops = await matrixPeak()
const prefix = join(tmpdir(), `onelabel-profile-${process.pid}`)
await timedStep(model, side, prefix)
const [profile] = globSync(`${prefix}*`)
const times = byOp(profile!)
rmSync(profile!)
const total = [...times.values()].reduce((a, b) => a + b, 0)
const products = ['Conv', 'MatMul', 'FusedMatMul', 'Gemm'].reduce((sum, op) => sum + (times.get(op) ?? 0), 0)
const gflop = gflopOfStep(model)
console.log(
  JSON.stringify(
    {
      net: name,
      ...unet,
      side,
      stepMs: Math.round(stepMs),
      gflop: Number(gflop.toFixed(1)),
      gflops: Math.round(gflop / (stepMs / 1000)),
      matrixPeakGflops: Math.round(matrixPeakGflops),
      ratio: Number((gflop / (stepMs / 1000) / matrixPeakGflops).toFixed(2)),
      shareInProducts: Number((products / total).toFixed(3)),
      millisecondsByOp: Object.fromEntries([...times].map(([op, ms]) => [op, Number(ms.toFixed(1))])),
    },
    null,
    2,
  ),
)
