import '../compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { seededRandom } from '../compile/random.ts'
import { buildUnet, type UnetSpec } from '../method/unet.ts'
import { fixNorms } from './fix-norms.ts'
import { setWeights, weightsOf } from './network.ts'

before(() => tf.setBackend('cpu'))

const SPEC: UnetSpec = { stem: 2, channels: [4, 6], convolutions: 2, refine: 3 }
const SHAPE = { patch: [8, 8, 8], channels: 2, labels: 3 } as const
const random = seededRandom(11)
const drawn = (length: number) => Float32Array.from({ length }, () => random.normal())

function unets() {
  const normed = buildUnet(SPEC, SHAPE, 1)
  const gammas = Object.entries(weightsOf(normed)).map(([name, values]): [string, Float32Array] => [
    name,
    name.endsWith('kernel') ? values : drawn(values.length),
  ])
  setWeights(normed, Object.fromEntries(gammas))
  return { normed, fixed: buildUnet({ ...SPEC, norm: 'fixed' }, SHAPE, 2) }
}

const logitsOf = (model: ReturnType<typeof buildUnet>, patch: Float32Array): Float32Array =>
  tf.tidy(() => (model.predict(tf.tensor(patch, [1, 8, 8, 8, 2])) as tf.Tensor).dataSync() as Float32Array)

test('on the one patch on which its norms were fixed a network says what it said', async () => {
  const { normed, fixed } = unets()
  const patch = drawn(8 ** 3 * 2)
  setWeights(fixed, await fixNorms(normed, [patch]))
  const [before, after] = [logitsOf(normed, patch), logitsOf(fixed, patch)]
  const scale = Math.max(...before.map(Math.abs))
  for (const [at, value] of before.entries()) assert.ok(Math.abs(after[at]! - value) < 1e-4 * scale, `at ${at}`)
})

test('of two patches the moments are averaged: of one with its brightness doubled the network no longer says the same', async () => {
  const { normed, fixed } = unets()
  const patch = drawn(8 ** 3 * 2)
  setWeights(fixed, await fixNorms(normed, [patch, patch.map((value) => 3 * value)]))
  const scale = Math.max(...logitsOf(normed, patch).map(Math.abs))
  const off = Math.max(...logitsOf(fixed, patch).map((value, at) => Math.abs(value - logitsOf(normed, patch)[at]!)))
  assert.ok(off > 0.05 * scale, `${off} of ${scale}`)
  const names = Object.keys(await fixNorms(normed, [patch]))
  assert.deepEqual(names.sort(), fixed.weights.map(({ originalName }) => originalName).sort())
})
