/** Five steps of every optimiser in tfjs and through onnxruntime, against float64 loops written from the papers. */
import '@tensorflow/tfjs-backend-cpu'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { seededRandom } from '../random.ts'
import { float32, openRuntime } from '../runtime.ts'
import { trace } from '../trace/trace.ts'
import { type OptimiserSpec, openOptimiser, optimiserSchema } from './optimiser.ts'

before(() => tf.setBackend('cpu'))

const SHAPES: Readonly<Record<string, number[]>> = { kernel: [2, 3], bias: [3] }
const STEPS = 5
const random = seededRandom(21)
type Weights = Readonly<Record<string, number[]>>
const draw = (): Weights =>
  Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape]) => [
      name,
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.fround(random.normal())),
    ]),
  )
const START = draw()
const GRADIENTS = Array.from({ length: STEPS }, draw)
const RATES = [0.1, 0.2, 0.05, 0.1, 0.02]
const CONSTANT_RATES = [0.1, 0.1, 0.1, 0.1, 0.1]

/** One element: (w, g, its slots, t, η) → next w. */
type Update = (w: number, g: number, slots: Record<string, number>, t: number, rate: number) => number

const momentum64: Update = (w, g, s, _t, rate) => {
  s['a'] = 0.9 * (s['a'] ?? 0) + g
  return w - rate * s['a']
}
const nesterov64: Update = (w, g, s, _t, rate) => {
  s['a'] = 0.9 * (s['a'] ?? 0) + g
  return w - rate * (g + 0.9 * s['a'])
}
const rmsprop64: Update = (w, g, s, _t, rate) => {
  s['s'] = 0.8 * (s['s'] ?? 0) + 0.2 * g * g
  return w - (rate * g) / Math.sqrt(s['s'] + 1e-3)
}
const centred64: Update = (w, g, s, _t, rate) => {
  s['s'] = 0.8 * (s['s'] ?? 0) + 0.2 * g * g
  s['m'] = 0.8 * (s['m'] ?? 0) + 0.2 * g
  s['a'] = 0.5 * (s['a'] ?? 0) + (rate * g) / Math.sqrt(s['s'] - s['m'] ** 2 + 1e-3)
  return w - s['a']
}
const direction64 = (g: number, s: Record<string, number>, t: number): number => {
  s['m'] = 0.9 * (s['m'] ?? 0) + 0.1 * g
  s['v'] = 0.99 * (s['v'] ?? 0) + 0.01 * g * g
  return s['m'] / (1 - 0.9 ** t) / (Math.sqrt(s['v'] / (1 - 0.99 ** t)) + 1e-4)
}

const none = { weightDecay: 0, maxGradientNorm: null }
const both = { weightDecay: 0.1, maxGradientNorm: 1 }
const adam = { beta1: 0.9, beta2: 0.99, epsilon: 1e-4 }
const rmsprop = { kind: 'rmsprop', decay: 0.8, momentum: 0, epsilon: 1e-3, centred: false } as const
const CASES: Readonly<Record<string, { spec: OptimiserSpec; update: Update; slots: string[] }>> = {
  'gradient descent': { spec: { kind: 'sgd', ...both }, update: (w, g, _s, _t, rate) => w - rate * g, slots: [] },
  momentum: {
    spec: { kind: 'momentum', momentum: 0.9, nesterov: false, ...both },
    update: momentum64,
    slots: ['kernel.momentum', 'bias.momentum'],
  },
  'Nesterov momentum': {
    spec: { kind: 'momentum', momentum: 0.9, nesterov: true, ...both },
    update: nesterov64,
    slots: ['kernel.momentum', 'bias.momentum'],
  },
  RMSprop: { spec: { ...rmsprop, ...both }, update: rmsprop64, slots: ['kernel.meanSquare', 'bias.meanSquare'] },
  'centred RMSprop with momentum': {
    spec: { ...rmsprop, centred: true, momentum: 0.5, ...both },
    update: centred64,
    slots: ['kernel', 'bias'].flatMap((w) => [`${w}.meanSquare`, `${w}.mean`, `${w}.momentum`]),
  },
  Adam: {
    spec: { kind: 'adam', ...adam, ...both },
    update: (w, g, s, t, rate) => w - rate * direction64(g, s, t),
    slots: ['kernel.m', 'kernel.v', 'bias.m', 'bias.v'],
  },
  'Adam without clipping or decay': {
    spec: { kind: 'adam', ...adam, ...none },
    update: (w, g, s, t, rate) => w - rate * direction64(g, s, t),
    slots: ['kernel.m', 'kernel.v', 'bias.m', 'bias.v'],
  },
}

/** Clips, decays kernels through the gradient, updates; `decoupled` takes λ w out of the weight instead. */
function inFloat64(spec: OptimiserSpec, update: Update): { weights: Weights; norms: number[] } {
  let weights = START
  const decoupled = spec.kind === 'adamw'
  const slots = Object.entries(START).map(([name, values]) => [name, values.map(() => ({}))] as const)
  const norms: number[] = []
  for (const [i, gradients] of GRADIENTS.entries()) {
    const norm = Math.hypot(...Object.values(gradients).flat())
    norms.push(norm)
    const factor = spec.maxGradientNorm === null ? 1 : Math.min(1, spec.maxGradientNorm / (norm + 1e-6))
    const past = weights
    weights = Object.fromEntries(
      slots.map(([name, state]) => {
        const decay = name === 'kernel' ? spec.weightDecay : 0
        const next = past[name]!.map((w, at) => {
          const g = gradients[name]![at]! * factor + (decoupled ? 0 : decay * w)
          return update(w, g, state[at]!, i + 1, RATES[i]!) - (decoupled ? RATES[i]! * decay * w : 0)
        })
        return [name, next]
      }),
    )
  }
  return { weights, norms }
}

function variables(): Record<string, tf.Variable> {
  return Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape]) => [name, tf.variable(tf.tensor(START[name]!, shape))]),
  )
}

function inTfjs(spec: OptimiserSpec, rates: readonly number[]): { weights: Weights; norms: number[] } {
  const weights = variables()
  const optimiser = openOptimiser(spec, weights)
  const norms = GRADIENTS.map((gradients, i) => {
    const tensors = Object.entries(gradients).map(([name, values]) => [name, tf.tensor(values, SHAPES[name]!)])
    const scalars = Object.entries(optimiser.scalars(i + 1)).map(([name, value]) => [name, tf.scalar(value)])
    const inputs = { learningRate: tf.scalar(rates[i]!), ...Object.fromEntries(scalars) }
    return optimiser.update(Object.fromEntries(tensors), inputs).dataSync()[0]!
  })
  const read = Object.entries(weights).map(([name, variable]) => [name, Array.from(variable.dataSync())])
  return { weights: Object.fromEntries(read), norms }
}

async function throughOnnx(spec: OptimiserSpec): Promise<{ weights: Weights; norms: number[] }> {
  const weights = variables()
  const optimiser = openOptimiser(spec, weights)
  const names = Object.keys(SHAPES)
  const held = { ...weights, ...optimiser.slots }
  const graph = await trace(
    (inputs) => {
      const gradients = Object.fromEntries(names.map((name) => [name, inputs[`${name}.gradient`]!]))
      return { norm: optimiser.update(gradients, { ...inputs, learningRate: inputs['learningRate']! }) }
    },
    {
      inputs: {
        learningRate: [],
        ...Object.fromEntries(Object.keys(optimiser.scalars(1)).map((name) => [name, []])),
        ...Object.fromEntries(names.map((name) => [`${name}.gradient`, SHAPES[name]!])),
      },
      variables: held,
    },
  )
  const runtime = await openRuntime(graph, 'cpu', 1)
  const state = Object.entries(held).map(
    ([name, variable]) => [name, float32(variable.dataSync() as Float32Array, variable.shape)] as const,
  )
  let feeds = Object.fromEntries(state)
  const norms: number[] = []
  for (const [i, gradients] of GRADIENTS.entries()) {
    const scalars = { learningRate: RATES[i]!, ...optimiser.scalars(i + 1) }
    const outputs = await runtime.run({
      ...feeds,
      ...Object.fromEntries(Object.entries(scalars).map(([name, v]) => [name, float32(Float32Array.of(v), [])])),
      ...Object.fromEntries(
        names.map((name) => [`${name}.gradient`, float32(Float32Array.from(gradients[name]!), SHAPES[name]!)]),
      ),
    })
    norms.push(Number(outputs['norm']!.data[0]))
    feeds = Object.fromEntries(Object.keys(held).map((name) => [name, outputs[`${name}.next`]!]))
  }
  await runtime.close()
  const read = names.map((name) => [name, Array.from(feeds[name]!.data as Float32Array)])
  return { weights: Object.fromEntries(read), norms }
}

function assertSame(actual: Weights, expected: Weights, way: string): void {
  for (const [name, values] of Object.entries(expected)) {
    assert.equal(actual[name]!.length, values.length)
    for (const [i, value] of values.entries())
      assert.ok(Math.abs(actual[name]![i]! - value) < 3e-6 * (1 + Math.abs(value)), `${way}: ${name}[${i}]`)
  }
}

const ADAMW = { kind: 'adamw', ...adam, ...both } as const
const ALL = { ...CASES, AdamW: { ...CASES['Adam']!, spec: ADAMW } }
for (const [name, { spec, update, slots }] of Object.entries(ALL)) {
  test(`${name} takes the steps of its formula under a schedule, in tfjs and in onnxruntime`, async () => {
    assert.deepEqual(optimiserSchema.parse(spec), spec)
    const expected = inFloat64(spec, update)
    for (const [way, got] of [
      ['tfjs', inTfjs(spec, RATES)],
      ['onnxruntime', await throughOnnx(spec)],
    ] as const) {
      assertSame(got.weights, expected.weights, way)
      for (const [i, norm] of expected.norms.entries()) assert.ok(Math.abs(got.norms[i]! - norm) < 1e-5 * norm)
    }
    assert.deepEqual(Object.keys(openOptimiser(spec, variables()).slots), slots)
  })
}

const PEERS: Readonly<Record<string, [OptimiserSpec, () => tf.Optimizer]>> = {
  'gradient descent': [{ kind: 'sgd', ...none }, () => tf.train.sgd(0.1)],
  momentum: [{ kind: 'momentum', momentum: 0.9, nesterov: false, ...none }, () => tf.train.momentum(0.1, 0.9)],
  'Nesterov momentum': [
    { kind: 'momentum', momentum: 0.9, nesterov: true, ...none },
    () => tf.train.momentum(0.1, 0.9, true),
  ],
  RMSprop: [{ ...rmsprop, ...none }, () => tf.train.rmsprop(0.1, 0.8, 0, 1e-3)],
  'RMSprop with momentum': [{ ...rmsprop, momentum: 0.5, ...none }, () => tf.train.rmsprop(0.1, 0.8, 0.5, 1e-3)],
  Adam: [{ kind: 'adam', ...adam, ...none }, () => tf.train.adam(0.1, 0.9, 0.99, 1e-4)],
}

for (const [name, [spec, peer]] of Object.entries(PEERS)) {
  test(`${name} takes the steps of tfjs's own`, () => {
    const weights = variables()
    const optimizer = peer()
    for (const gradients of GRADIENTS) {
      optimizer.applyGradients(
        Object.entries(weights).map(([name, variable]) => ({
          name: variable.name,
          tensor: tf.tensor(gradients[name]!, SHAPES[name]!),
        })),
      )
    }
    const expected = Object.fromEntries(
      Object.entries(weights).map(([name, variable]) => [name, Array.from(variable.dataSync())]),
    )
    assertSame(inTfjs(spec, CONSTANT_RATES).weights, expected, 'tfjs')
  })
}

test('a setting that an optimiser has not, or a memory of 1, is refused by name', () => {
  const faults = (spec: unknown) => optimiserSchema.safeParse(spec).error?.issues.map((issue) => issue.path.join('.'))
  assert.deepEqual(faults({ kind: 'adam', ...adam, ...none, beta2: 1 }), ['beta2'])
  assert.deepEqual(faults({ kind: 'lion', ...none }), ['kind'])
  assert.equal(optimiserSchema.safeParse({ kind: 'sgd', ...none, momentum: 0.9 }).success, false)
})
