/** Every convolution kernel traced beside tfjs's cpu backend: strides, dilations, paddings, odd and even sizes. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { assertTracedSame, type TracedCase } from '../../../test/fixtures/traced-same.ts'
import { trace } from './trace.ts'

before(() => tf.setBackend('cpu'))

type Four = tf.Tensor4D
type Five = tf.Tensor5D
type Program = TracedCase[0]

type Pad2d = Parameters<typeof tf.conv2d>[3]
type Pad3d = Parameters<typeof tf.conv3d>[3]
type Rounding = 'floor' | 'round' | 'ceil'
type Two = [number, number]
type Three = [number, number, number]

const conv2d =
  (strides: Two | number, pad: Pad2d, dilations: Two | number = 1, rounding?: Rounding): Program =>
  (x, w) =>
    tf.conv2d(x as Four, w as Four, strides, pad, 'NHWC', dilations, rounding)
const depthwise =
  (strides: Two | number, pad: Pad2d, dilations: Two | number = 1, rounding?: Rounding): Program =>
  (x, w) =>
    tf.depthwiseConv2d(x as Four, w as Four, strides, pad, 'NHWC', dilations, rounding)
const conv3d =
  (strides: Three | number, pad: Pad3d, dilations: Three | number = 1): Program =>
  (x, w) =>
    tf.conv3d(x as Five, w as Five, strides, pad, 'NDHWC', dilations)
const transposed2d =
  (shape: number[], strides: Two | number, pad: Pad2d): Program =>
  (y, w) =>
    tf.conv2dTranspose(y as Four, w as Four, shape as [number, number, number, number], strides, pad)
const transposed3d =
  (shape: number[], strides: Three | number, pad: 'same' | 'valid'): Program =>
  (y, w) =>
    tf.conv3dTranspose(y as Five, w as Five, shape as [number, number, number, number, number], strides, pad)

const CASES: Readonly<Record<string, TracedCase>> = {
  conv1d: [(x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, 'same'), [2, 7, 3], [3, 3, 4]],
  'conv1d of stride 2': [(x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 2, 'same'), [2, 8, 3], [4, 3, 2]],
  'dilated conv1d': [
    (x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, 'valid', 'NWC', 3),
    [1, 9, 3],
    [3, 3, 2],
  ],
  'conv1d of one series': [(x, w) => tf.conv1d(x as tf.Tensor2D, w as tf.Tensor3D, 1, 'same'), [7, 3], [3, 3, 4]],
  'conv2d, same': [conv2d(1, 'same'), [2, 6, 5, 3], [3, 3, 3, 4]],
  'conv2d of an image without batch': [conv2d(1, 'same'), [6, 5, 3], [3, 3, 3, 4]],
  'conv2d, even kernel, same': [conv2d(1, 'same'), [2, 6, 5, 3], [2, 4, 3, 4]],
  'conv2d, stride 2, same, even and odd': [conv2d(2, 'same'), [2, 6, 5, 3], [3, 3, 3, 4]],
  'conv2d, stride 2, same, odd and even': [conv2d(2, 'same'), [2, 7, 8, 3], [3, 2, 3, 4]],
  'conv2d, strides 3 and 2, valid': [conv2d([3, 2], 'valid'), [1, 9, 8, 2], [2, 3, 2, 3]],
  'conv2d, stride above the kernel': [conv2d(3, 'same'), [1, 8, 7, 2], [1, 2, 2, 3]],
  'conv2d, dilations 2 and 3, same': [conv2d(1, 'same', [2, 3]), [2, 7, 8, 2], [3, 2, 2, 3]],
  'conv2d, dilations 2 and 3, valid': [conv2d(1, 'valid', [2, 3]), [2, 7, 8, 2], [3, 2, 2, 3]],
  'conv2d, pad 1': [conv2d(1, 1), [1, 5, 6, 2], [3, 3, 2, 3]],
  'conv2d, pad 1, stride 2, rounded down': [conv2d(2, 1, 1, 'floor'), [1, 6, 6, 2], [3, 3, 2, 3]],
  'conv2d, pad 1, stride 2, rounded up': [conv2d(2, 1, 1, 'ceil'), [1, 6, 6, 2], [3, 3, 2, 3]],
  'conv2d, pad 1, stride 2, rounded': [conv2d(2, 1, 1, 'round'), [1, 6, 6, 2], [3, 3, 2, 3]],
  'conv2d, pad 1, a kernel that is no square': [conv2d(1, 1), [1, 6, 6, 2], [3, 1, 2, 3]],
  'conv2d, explicit pads': [
    conv2d(
      [2, 1],
      [
        [0, 0],
        [2, 0],
        [1, 3],
        [0, 0],
      ],
    ),
    [2, 5, 4, 2],
    [3, 3, 2, 3],
  ],
  depthwise: [depthwise(1, 'same'), [2, 6, 5, 3], [3, 3, 3, 1]],
  'depthwise, multiplier 2, stride 2': [depthwise(2, 'same'), [2, 6, 5, 3], [3, 3, 3, 2]],
  'depthwise, multiplier 3, valid': [depthwise(1, 'valid'), [2, 6, 5, 2], [2, 3, 2, 3]],
  'depthwise, dilated': [depthwise(1, 'same', 2), [1, 6, 5, 3], [3, 3, 3, 2]],
  'depthwise, pad 1, rounded up': [depthwise(2, 1, 1, 'ceil'), [1, 6, 6, 2], [3, 3, 2, 2]],
  'depthwise, explicit pads': [
    depthwise(2, [
      [0, 0],
      [1, 0],
      [0, 2],
      [0, 0],
    ]),
    [1, 5, 6, 2],
    [3, 3, 2, 2],
  ],
  separable: [
    (x, d, p) => tf.separableConv2d(x as Four, d as Four, p as Four, 2, 'same'),
    [2, 7, 6, 3],
    [3, 3, 3, 2],
    [1, 1, 6, 4],
  ],
  'separable, dilated': [
    (x, d, p) => tf.separableConv2d(x as Four, d as Four, p as Four, 1, 'valid', [2, 2]),
    [1, 7, 6, 3],
    [3, 3, 3, 2],
    [1, 1, 6, 4],
  ],
  'conv3d, same': [conv3d(1, 'same'), [2, 4, 5, 3, 2], [3, 3, 3, 2, 3]],
  'conv3d, stride 2, same': [conv3d(2, 'same'), [2, 4, 5, 6, 2], [3, 2, 3, 2, 3]],
  'conv3d, strides 1, 2 and 3, valid': [conv3d([1, 2, 3], 'valid'), [1, 4, 5, 7, 2], [2, 3, 1, 2, 3]],
  'conv3d, stride above the kernel, where tfjs skips the first voxel': [
    conv3d(3, 'same'),
    [1, 5, 8, 4, 2],
    [1, 1, 2, 2, 3],
  ],
  'conv3d, dilated': [conv3d(1, 'same', [2, 1, 3]), [1, 5, 4, 6, 2], [3, 3, 2, 2, 3]],
  'conv3d, pad 1': [conv3d(2, 1 as unknown as 'same'), [1, 4, 5, 6, 2], [3, 3, 3, 2, 3]],
  'conv2dTranspose, stride 2, same': [transposed2d([2, 6, 8, 2], 2, 'same'), [2, 3, 4, 3], [3, 3, 2, 3]],
  'conv2dTranspose, stride 2, odd size': [transposed2d([1, 5, 7, 2], 2, 'same'), [1, 3, 4, 3], [3, 4, 2, 3]],
  'conv2dTranspose, strides 2 and 3, valid': [transposed2d([1, 9, 11, 2], [2, 3], 'valid'), [1, 4, 3, 3], [3, 4, 2, 3]],
  'conv2dTranspose, stride above the kernel': [transposed2d([1, 9, 7, 2], 3, 'same'), [1, 3, 3, 3], [2, 1, 2, 3]],
  'conv2dTranspose, pad 1': [transposed2d([1, 7, 7, 2], 2, 1), [1, 4, 4, 3], [3, 3, 2, 3]],
  'conv2dTranspose, stride 1': [transposed2d([2, 5, 6, 2], 1, 'same'), [2, 5, 6, 3], [3, 3, 2, 3]],
  'conv3dTranspose, kernel 2, stride 2': [transposed3d([2, 4, 6, 8, 2], 2, 'valid'), [2, 2, 3, 4, 3], [2, 2, 2, 2, 3]],
  'conv3dTranspose, kernel 3, stride 2': [transposed3d([1, 4, 5, 6, 2], 2, 'same'), [1, 2, 3, 3, 3], [3, 3, 3, 2, 3]],
  'conv3dTranspose, stride 3, where tfjs skips the first voxel': [
    transposed3d([1, 5, 8, 4, 2], 3, 'same'),
    [1, 2, 3, 2, 3],
    [1, 1, 2, 2, 3],
  ],
  'a dilated convolution by blocks': [
    (x, w) =>
      tf.batchToSpaceND(
        tf.conv2d(
          tf.spaceToBatchND(
            x,
            [2, 3],
            [
              [2, 2],
              [3, 4],
            ],
          ) as Four,
          w as Four,
          1,
          'valid',
        ),
        [2, 3],
        [
          [0, 0],
          [0, 1],
        ],
      ),
    [2, 6, 5, 2],
    [3, 3, 2, 3],
  ],
}

for (const [name, given] of Object.entries(CASES)) {
  test(`${name}: the traced convolution is tfjs's`, () => assertTracedSame(given))
}

test('channels first are refused by name, dense and depthwise', async () => {
  const inputs = { x: [1, 2, 5, 5], w: [3, 3, 2, 2] }
  const message = /dataFormat 'NCHW' is not traced, only channels last \('NHWC'\)/
  for (const op of [tf.conv2d, tf.depthwiseConv2d]) {
    const program = ({ x, w }: Record<string, tf.Tensor>) => ({ y: op(x as Four, w as Four, 1, 'same', 'NCHW') })
    await assert.rejects(trace(program, { inputs }), message)
  }
})

test('a kernel that does not fit its input is refused with both numbers', async () => {
  const program = ({ x, w }: Record<string, tf.Tensor>) => ({
    y: tf.conv3d(x as Five, w as Five, 1, 'valid', 'NDHWC', [1, 1, 2]),
  })
  await assert.rejects(
    trace(program, { inputs: { x: [1, 4, 4, 4, 1], w: [1, 1, 3, 1, 1] } }),
    /a kernel that reaches over 5 does not fit an input of 4/,
  )
})
