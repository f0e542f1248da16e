/** Five steps of every optimiser in tfjs and through onnxruntime, against float64 loops written from the papers. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import {
  assertSame,
  GRADIENTS,
  inTfjs,
  RATES,
  START,
  throughOnnx,
  variables,
  type Weights,
} from '../../../test/fixtures/optimiser.ts'
import { type OptimiserSpec, openOptimiser, optimiserSchema } from './optimiser.ts'

before(() => tf.setBackend('cpu'))

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

test('a setting that an optimiser has not, or a memory of 1, is refused by name', () => {
  const faults = (spec: unknown) => optimiserSchema.safeParse(spec).error?.issues.map((issue) => issue.path.join('.'))
  assert.deepEqual(faults({ kind: 'adam', ...adam, ...none, beta2: 1 }), ['beta2'])
  assert.deepEqual(faults({ kind: 'lion', ...none }), ['kind'])
  assert.equal(optimiserSchema.safeParse({ kind: 'sgd', ...none, momentum: 0.9 }).success, false)
})
