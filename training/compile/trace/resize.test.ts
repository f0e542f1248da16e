/** Resizing and upsampling, traced: forward beside tfjs's cpu backend, gradients beside plain loops in float64. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { centralDifferences } from '../../../test/fixtures/float64.ts'
import { bilinear64, nearest64, PLACES, upsampled64 } from '../../../test/fixtures/float64-resize.ts'
import { inBothLayouts } from '../../../test/fixtures/layouts.ts'
import { assertClose, assertSame, runDirect, runTraced, tracedGradients } from '../../../test/fixtures/traced.ts'
import { UpSampling3D, upSampling3d } from '../layers/upsampling3d.ts'
import { seededRandom } from '../random.ts'

before(() => tf.setBackend('cpu'))

const random = seededRandom(43)
const draw = (count: number) => Array.from({ length: count }, () => Math.fround(random.normal()))
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
const IMAGE = [2, 3, 5, 2] as const
type Size = [height: number, width: number]

/** Up, down, by odd ratios, by whole ones, to one row, to the same. */
const SIZES: readonly Size[] = [[6, 10], [7, 4], [2, 13], [1, 1], [9, 5], [3, 5], [5, 9]] // biome-ignore format: pairs
const GRIDS = { plain: [false, false], aligned: [true, false], halfPixel: [false, true] } as const

for (const [name, [aligned, half]] of Object.entries(GRIDS) as [keyof typeof GRIDS, readonly [boolean, boolean]][]) {
  const ops = {
    bilinear: (size: Size) => (x: tf.Tensor) => tf.image.resizeBilinear(x as tf.Tensor4D, size, aligned, half),
    nearest: (size: Size) => (x: tf.Tensor) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size, aligned, half),
  }

  for (const [kind, op] of Object.entries(ops)) {
    test(`${kind} resizing on the ${name} grid is tfjs's in either layout`, async () => {
      const values = [draw(60)]
      for (const size of SIZES) {
        for (const program of inBothLayouts(op(size))) {
          const traced = await runTraced(program, [IMAGE], values)
          assertSame(traced, runDirect(program, [IMAGE], values), `to ${size}`)
        }
      }
    })

    test(`${kind} resizing on the ${name} grid has the gradient of central differences`, async () => {
      const x = draw(60)
      // tfjs's nearest pixel is the one below, of aligned corners the one that is next, halves up, and of half pixels
      // the one whose square holds the place.
      const pick = { plain: Math.floor, aligned: Math.round, halfPixel: (place: number) => Math.floor(place + 0.5) }[
        name
      ]
      for (const size of SIZES) {
        const resized = (v: number[]) =>
          kind === 'bilinear' ? bilinear64(v, IMAGE, size, PLACES[name]) : nearest64(v, IMAGE, size, PLACES[name], pick)
        const weights = draw(2 * 2 * size[0] * size[1])
        const expected = centralDifferences((v) => dot(resized(v), weights), x)
        for (const program of inBothLayouts(op(size))) {
          const loss = (...[t]: tf.Tensor[]) =>
            tf.sum(tf.mul(program(t!) as tf.Tensor, tf.tensor(weights, [2, ...size, 2])))
          const [gradient] = await tracedGradients(loss, [IMAGE], [x])
          assertClose(gradient!, expected, `to ${size}`)
        }
      }
    })
  }
}

test('nearest resizing keeps whole numbers whole', async () => {
  const program = (...[x]: tf.Tensor[]) =>
    tf.image.resizeNearestNeighbor(tf.cast(tf.mul(x!, 9), 'int32') as tf.Tensor4D, [4, 7])
  const values = [draw(60)]
  assertSame(await runTraced(program, [IMAGE], values), runDirect(program, [IMAGE], values), 'int32')
})

const VOLUME = [1, 2, 3, 2, 2] as const

test('a volume is upsampled to boxes of equal voxels, in tfjs and traced, in either layout', async () => {
  const x = draw(24)
  const expected = upsampled64(x, [2, 3, 2], 2, [1, 2, 3])
  for (const program of inBothLayouts((t) => upSampling3d(t, [1, 2, 3]))) {
    for (const [{ shape, values }] of [
      await runTraced(program, [VOLUME], [x]),
      runDirect(program, [VOLUME], [x]),
    ] as const) {
      assert.deepEqual([...shape], [1, 2, 6, 6, 2])
      assert.deepEqual(values, expected)
    }
  }
})

test('the gradient of an upsampled volume is that of central differences', async () => {
  const x = draw(24)
  const weights = draw(144)
  const expected = centralDifferences((v) => dot(upsampled64(v, [2, 3, 2], 2, [1, 2, 3]), weights), x)
  for (const program of inBothLayouts((t) => upSampling3d(t, [1, 2, 3]))) {
    const loss = (...[t]: tf.Tensor[]) => tf.sum(tf.mul(program(t!) as tf.Tensor, tf.tensor(weights, [1, 2, 6, 6, 2])))
    const [gradient] = await tracedGradients(loss, [VOLUME], [x])
    assertClose(gradient!, expected, 'upsampling')
  }
})

test('the upsampling layer is saved with its size and loads again', () => {
  const input = tfl.input({ shape: [null, 3, 2, 2] })
  const model = tfl.model({
    inputs: input,
    outputs: new UpSampling3D({ size: [1, 2, 3] }).apply(input) as tfl.SymbolicTensor,
  })
  assert.deepEqual(model.outputs[0]!.shape, [null, null, 6, 6, 2])
  const { config } = JSON.parse(JSON.stringify(model.toJSON(null, false)))
  const layer = config.layers.find(({ class_name }: { class_name: string }) => class_name === 'UpSampling3D')
  assert.deepEqual(layer.config.size, [1, 2, 3])
  assert.deepEqual(new UpSampling3D(layer.config).getConfig()['size'], [1, 2, 3])
})

test('an upsampling that is no whole number is refused', () => {
  assert.throws(
    () => new UpSampling3D({ size: [2, 0.5, 1] }),
    /size \[2,0\.5,1\]; it must be three whole numbers from 1/,
  )
})
