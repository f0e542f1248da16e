/** Models of one convolution as Keras 2 and 3 and their converters saved them, from public bug reports. */
import '../training/compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { DATA_DIR } from './fixtures/real-scans.ts'
import { convertedFile, outputOf } from './fixtures/run-converted.ts'

before(() => tf.setBackend('cpu'))

const saved = globSync('reports/tfjs/*/model.json', { cwd: DATA_DIR }).sort()

test('the saved models are found', { skip: saved.length === 0 && `no reports in ${DATA_DIR}` }, () => {
  assert.ok(saved.some((name) => name.includes('keras3')))
})

for (const name of saved) {
  test(`${name} gives the sums of products that its weights stand for`, async () => {
    const source = join(DATA_DIR, name)
    const [shard] = globSync('**/*.bin', { cwd: dirname(source) })
    const bytes = readFileSync(join(dirname(source), shard!))
    const numbers = new Float32Array(new Uint8Array(bytes).buffer)
    const image = Array.from({ length: 64 }, (_, i) => Math.sin(i))
    const output = await outputOf(await convertedFile(source), image, [1, 8, 8, 1])
    const isGelu = readFileSync(source, 'utf8').includes('"activation": "gelu"')
    assert.equal(output.length, 8 * 8 * 4)
    for (const [i, value] of output.entries()) {
      const sum = convolved(image, numbers, i)
      const expected = isGelu ? sum * normalShare(sum) : Math.max(sum, 0)
      assert.ok(Math.abs(value - expected) < 1e-5, `at ${i}: ${value} and ${expected}`)
    }
  })
}

/** The kernel of 3×3×1×4 and the bias of 4 behind it, at place i of 8×8×4. */
function convolved(image: readonly number[], numbers: Float32Array, i: number): number {
  const [channel, x, y] = [i % 4, (i >> 2) % 8, i >> 5]
  let sum = numbers[36 + channel]!
  for (let k = 0; k < 9; k++) {
    const [row, column] = [y + Math.floor(k / 3) - 1, x + (k % 3) - 1]
    const isInside = row >= 0 && row < 8 && column >= 0 && column < 8
    if (isInside) sum += image[row * 8 + column]! * numbers[k * 4 + channel]!
  }
  return sum
}

/** The normal distribution's Φ(x) by its series: ½ + φ(x)·(x + x³/3 + x⁵/15 + …). */
function normalShare(x: number): number {
  let [term, sum] = [x, x]
  for (let n = 3; n < 200; n += 2) {
    term *= (x * x) / n
    sum += term
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)
}
