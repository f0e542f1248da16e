/**
 * Gradients of reductions and of kernels that move values, traced, against central differences of plain loops in
 * float64. Inputs are [2, 3, 4]; `at` is a place in it.
 */
import '../cpu-backend.ts'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
// For what it does on import: it registers tfjs's gradients.
import '@tensorflow/tfjs-layers'
import { centralDifferences } from '../../../test/fixtures/float64.ts'
import { assertClose, tracedGradients } from '../../../test/fixtures/traced.ts'
import { seededRandom } from '../random.ts'
import { KERNELS } from './kernels/table.ts'

before(() => tf.setBackend('cpu'))

const SHAPE = [2, 3, 4]
const random = seededRandom(23)
const draw = (count: number) => Array.from({ length: count }, () => Math.fround(random.uniform(0.3, 2)))
const at = (i: number, j: number, k: number) => (i * 3 + j) * 4 + k
const count = (n: number) => Array.from({ length: n }, (_, i) => i)
/** The numbers of all places [i, j, k] of a grid, in order. */
function grid<T>(n: number, m: number, l: number, value: (i: number, j: number, k: number) => T): T[] {
  return count(n).flatMap((i) => count(m).flatMap((j) => count(l).map((k) => value(i, j, k))))
}
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
const product = (values: number[]) => values.reduce((a, b) => a * b, 1)
const ints = (...values: number[]) => tf.tensor1d(values, 'int32')

type Row = readonly [op: (x: tf.Tensor) => tf.Tensor, formula: (x: number[]) => number[]]

const ROWS: Readonly<Record<string, Row>> = {
  batchToSpaceND: [
    (x) => tf.batchToSpaceND(tf.reshape(x, [2, 3, 4]), [2], [[1, 0]]),
    // The two of the batch alternate along the axis; the first place is cut.
    (x) => grid(1, 5, 4, (_, j, k) => x[at((j + 1) % 2, (j + 1) >> 1, k)]!),
  ],
  broadcastTo: [
    (x) => tf.broadcastTo(tf.sum(x, 1, true), [2, 5, 4]),
    (x) => grid(2, 5, 4, (i, _, k) => sum(count(3).map((j) => x[at(i, j, k)]!))),
  ],
  concat: [
    (x) => tf.concat([x, tf.square(x)], 1),
    (x) => grid(2, 6, 4, (i, j, k) => (j < 3 ? x[at(i, j, k)]! : x[at(i, j - 3, k)]! ** 2)),
  ],
  cumsum: [(x) => tf.cumsum(x, 1), (x) => grid(2, 3, 4, (i, j, k) => sum(count(j + 1).map((l) => x[at(i, l, k)]!)))],
  'cumsum, exclusive and backwards': [
    (x) => tf.cumsum(x, 2, true, true),
    (x) => grid(2, 3, 4, (i, j, k) => sum(count(3 - k).map((l) => x[at(i, j, k + 1 + l)]!))),
  ],
  cumprod: [
    (x) => tf.cumprod(x, 1),
    (x) => grid(2, 3, 4, (i, j, k) => product(count(j + 1).map((l) => x[at(i, l, k)]!))),
  ],
  'cumprod, exclusive and backwards': [
    (x) => tf.cumprod(x, 2, true, true),
    (x) => grid(2, 3, 4, (i, j, k) => product(count(3 - k).map((l) => x[at(i, j, k + 1 + l)]!))),
  ],
  depthToSpace: [
    (x) => tf.depthToSpace(tf.reshape(x, [1, 2, 3, 4]) as tf.Tensor4D, 2),
    (x) => grid(4, 6, 1, (i, j) => x[at(i >> 1, j >> 1, 2 * (i % 2) + (j % 2))]!),
  ],
  diag: [
    (x) => tf.diag(tf.reshape(tf.gather(x, ints(0)), [12])),
    (x) => grid(12, 12, 1, (i, j) => (i === j ? x[i]! : 0)),
  ],
  einsum: [
    (x) => tf.einsum('bij,bjk->bk', x, tf.reshape(tf.square(x), [2, 4, 3])),
    (x) => grid(2, 3, 1, (b, k) => sum(grid(3, 4, 1, (i, j) => x[at(b, i, j)]! * x[12 * b + 3 * j + k]! ** 2))),
  ],
  expandDims: [(x) => tf.square(tf.expandDims(x, 1)), (x) => x.map((v) => v * v)],
  flipLeftRight: [
    (x) => tf.image.flipLeftRight(tf.reshape(x, [1, 2, 3, 4]) as tf.Tensor4D),
    (x) => grid(2, 3, 4, (i, j, k) => x[at(i, 2 - j, k)]!),
  ],
  gather: [(x) => tf.gather(x, ints(2, 0, 2, 2), 1), (x) => grid(2, 4, 4, (i, j, k) => x[at(i, [2, 0, 2, 2][j]!, k)]!)],
  'gather by rows': [
    (x) => tf.gather(x, tf.tensor2d([2, 1, 0, 0], [2, 2], 'int32'), 1, 1),
    (x) => grid(2, 2, 4, (i, j, k) => x[at(i, [2, 1, 0, 0][2 * i + j]!, k)]!),
  ],
  'gather by rows of a later axis': [
    (x) => tf.gather(x, tf.tensor2d([3, 1, 0, 0], [2, 2], 'int32'), 2, 1),
    (x) => grid(2, 3, 2, (i, j, k) => x[at(i, j, [3, 1, 0, 0][2 * i + k]!)]!),
  ],
  gatherND: [
    (x) => tf.gatherND(x, tf.tensor2d([1, 2, 0, 0, 1, 2], [3, 2], 'int32')),
    (x) => grid(3, 4, 1, (r, k) => x[at([1, 0, 1][r]!, [2, 0, 2][r]!, k)]!),
  ],
  logSoftmax: [
    (x) => tf.logSoftmax(x),
    (x) => grid(2, 3, 4, (i, j, k) => x[at(i, j, k)]! - Math.log(sum(count(4).map((l) => Math.exp(x[at(i, j, l)]!))))),
  ],
  max: [(x) => tf.max(x, 1), (x) => grid(2, 1, 4, (i, _, k) => Math.max(...count(3).map((j) => x[at(i, j, k)]!)))],
  mean: [
    (x) => tf.mean(tf.square(x), [0, 2]),
    (x) => count(3).map((j) => sum(grid(2, 1, 4, (i, _, k) => x[at(i, j, k)]! ** 2)) / 8),
  ],
  min: [(x) => tf.min(x, [0, 1]), (x) => count(4).map((k) => Math.min(...grid(2, 3, 1, (i, j) => x[at(i, j, k)]!)))],
  'oneHot is flat': [
    (x) => tf.sum(tf.mul(tf.oneHot(ints(0, 3, 1), 4, 1, 0, 'float32'), x), -1),
    (x) => grid(2, 3, 1, (i, j) => x[at(i, j, [0, 3, 1][j]!)]!),
  ],
  prod: [(x) => tf.prod(x, 1), (x) => grid(2, 1, 4, (i, _, k) => product(count(3).map((j) => x[at(i, j, k)]!)))],
  'prod over two axes': [
    (x) => tf.prod(x, [0, 2]),
    (x) => count(3).map((j) => product(grid(2, 1, 4, (i, _, k) => x[at(i, j, k)]!))),
  ],
  reshape: [
    (x) => tf.sum(tf.square(tf.reshape(x, [6, 4])), 0),
    (x) => count(4).map((k) => sum(count(6).map((r) => x[4 * r + k]! ** 2))),
  ],
  reverse: [(x) => tf.reverse(x, [0, 2]), (x) => grid(2, 3, 4, (i, j, k) => x[at(1 - i, j, 3 - k)]!)],
  scatterND: [
    (x) => tf.scatterND(tf.tensor2d([2, 0, 2], [3, 1], 'int32'), tf.reshape(x, [3, 8]), [3, 8]),
    (x) => grid(3, 8, 1, (i, j) => [x[8 + j]!, 0, x[j]! + x[16 + j]!][i]!),
  ],
  slice: [(x) => tf.slice(x, [0, 1, 1], [2, 2, 2]), (x) => grid(2, 2, 2, (i, j, k) => x[at(i, j + 1, k + 1)]!)],
  softmax: [
    (x) => tf.softmax(x),
    (x) => grid(2, 3, 4, (i, j, k) => Math.exp(x[at(i, j, k)]!) / sum(count(4).map((l) => Math.exp(x[at(i, j, l)]!)))),
  ],
  spaceToBatchND: [
    (x) => tf.spaceToBatchND(x, [2], [[1, 0]]),
    // Padded in front to 4 places; batch b holds the places 2j + b of each sample.
    (x) => grid(4, 2, 4, (b, j, k) => (b < 2 && j === 0 ? 0 : x[at(b % 2, 2 * j + (b >> 1) - 1, k)]!)),
  ],
  split: [
    (x) => tf.mul(...(tf.split(x, 2, 2) as [tf.Tensor, tf.Tensor])),
    (x) => grid(2, 3, 2, (i, j, k) => x[at(i, j, k)]! * x[at(i, j, k + 2)]!),
  ],
  stack: [(x) => tf.stack([x, tf.square(x)], 0), (x) => [...x, ...x.map((v) => v * v)]],
  stridedSlice: [
    (x) => tf.stridedSlice(x, [1, 2, 3], [-3, -4, -5], [-1, -2, -3]),
    (x) => grid(2, 2, 2, (i, j, k) => x[at(1 - i, 2 - 2 * j, 3 - 3 * k)]!),
  ],
  sum: [
    (x) => tf.sum(tf.square(x), 1),
    (x) => grid(2, 1, 4, (i, _, k) => sum(count(3).map((j) => x[at(i, j, k)]! ** 2))),
  ],
  tensorScatterUpdate: [
    (x) =>
      tf.tensorScatterUpdate(
        tf.reshape(x, [6, 4]),
        tf.tensor2d([4, 1], [2, 1], 'int32'),
        tf.square(tf.gather(tf.reshape(x, [6, 4]), ints(0, 1))),
      ),
    (x) => grid(6, 4, 1, (r, k) => (r === 4 ? x[k]! ** 2 : r === 1 ? x[4 + k]! ** 2 : x[4 * r + k]!)),
  ],
  tile: [(x) => tf.tile(x, [1, 3, 2]), (x) => grid(2, 9, 8, (i, j, k) => x[at(i, j % 3, k % 4)]!)],
  'tile of rank 5': [
    (x) => tf.tile(tf.reshape(x, [1, 2, 3, 2, 2]), [2, 1, 1, 2, 1]),
    (x) =>
      count(2).flatMap(() =>
        count(6).flatMap((r) => count(4).flatMap((j) => count(2).map((k) => x[4 * r + 2 * (j % 2) + k]!))),
      ),
  ],
  topk: [
    (x) => tf.topk(x, 2).values,
    (x) => grid(2, 3, 2, (i, j, k) => x.slice(at(i, j, 0), at(i, j, 4)).toSorted((a, b) => b - a)[k]!),
  ],
  transpose: [(x) => tf.transpose(x, [2, 0, 1]), (x) => grid(4, 2, 3, (k, i, j) => x[at(i, j, k)]!)],
  unsortedSegmentSum: [
    (x) => tf.unsortedSegmentSum(tf.reshape(x, [3, 8]), ints(1, -1, 1), 2),
    (x) => grid(2, 8, 1, (s, j) => (s === 0 ? 0 : x[j]! + x[16 + j]!)),
  ],
  unstack: [
    (x) => tf.mul(tf.unstack(x, 1)[0]!, tf.unstack(x, 1)[2]!),
    (x) => grid(2, 4, 1, (i, k) => x[at(i, 0, k)]! * x[at(i, 2, k)]!),
  ],
}

/** tfjs pads a slice's gradient. */
const skip = (name: string) => name === 'slice' && 'refused' in KERNELS.PadV2 && `PadV2: ${KERNELS.PadV2.refused}`

for (const [name, [op, formula]] of Object.entries(ROWS)) {
  test(`the traced gradient of ${name} is that of its formula`, { skip: skip(name) }, async () => {
    const x = draw(24)
    const weights = draw(formula(x).length)
    const f = (t: tf.Tensor) => tf.sum(tf.mul(tf.reshape(op(t), [-1]), tf.tensor1d(weights)))
    const [gradient] = await tracedGradients((t) => f(t!), [SHAPE], [x])
    const value = (v: number[]) => sum(formula(v).map((each, i) => each * weights[i]!))
    assertClose(gradient!, centralDifferences(value, x), name)
  })
}
