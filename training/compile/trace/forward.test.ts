/**
 * 220 lines: one table, a row an op.
 *
 * Every op whose kernels lie in elementwise, reduce, shape and their neighbours: traced as in tfjs's cpu backend.
 */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { type Program, type Result, runDirect, runTraced } from '../../../test/fixtures/traced.ts'
import { seededRandom } from '../random.ts'

before(() => tf.setBackend('cpu'))

const SHAPE = [2, 2, 3, 2, 4]
const random = seededRandom(5)
const x = Float32Array.from({ length: 96 }, () => random.normal())
/** Positive, of both sides of 1. */
const y = Float32Array.from({ length: 96 }, () => random.uniform(0.3, 2.3))

/** Puts x into channels-first by a convolution that copies it, so that the kernel under test meets that layout. */
const eye = () => tf.reshape(tf.eye(4, 4), [1, 1, 1, 4, 4]) as tf.Tensor5D
const moved = (t: tf.Tensor) => tf.conv3d(t as tf.Tensor5D, eye(), 1, 'same')

function assertEqual(traced: Result[], direct: Result[], what: string): void {
  assert.equal(traced.length, direct.length)
  for (const [i, expected] of direct.entries()) {
    assert.deepEqual([...traced[i]!.shape], [...expected.shape], `${what}: shape`)
    assert.equal(traced[i]!.dtype, expected.dtype, `${what}: type`)
    for (const [at, value] of expected.values.entries()) {
      const got = traced[i]!.values[at]!
      const isClose = Object.is(got, value) || Math.abs(got - value) <= 2e-5 * (1 + Math.abs(value))
      assert.ok(isClose, `${what}: ${got} instead of ${value} at ${at}`)
    }
  }
}

const int = (t: tf.Tensor, scale = 3) => tf.cast(tf.mul(t, scale), 'int32')
const isPositive = (t: tf.Tensor) => tf.greater(t, 0)
/** In (−1, 1). */
const small = (t: tf.Tensor) => tf.tanh(t)
/** Kernels that no op calls, or calls otherwise. */
const run = (name: string, inputs: tf.NamedTensorMap, attrs: object = {}) =>
  tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as tf.Tensor
/** ±∞, NaN and numbers. */
const odd = (t: tf.Tensor) => tf.div(t, tf.cast(tf.greater(tf.abs(t), 0.5), 'float32'))
/** One goes backwards, one lies partly outside. */
const BOXES = () => tf.tensor2d([0, 0, 1, 1, 0.7, 0.15, 0.2, 0.9, -0.3, 0.2, 0.8, 1.4], [3, 4])
const ints = (...values: number[]) => tf.tensor1d(values, 'int32')
const rows = (t: tf.Tensor, ...shape: number[]) => tf.reshape(t, shape)
const ids = (t: tf.Tensor, count: number) => tf.cast(tf.floor(tf.mul(tf.sigmoid(t), count)), 'int32')

const PROGRAMS: Readonly<Record<string, Program>> = {
  acos: (a) => tf.acos(small(a!)),
  acosh: (_, b) => tf.acosh(tf.add(b!, 1)),
  asin: (a) => tf.asin(small(a!)),
  asinh: (a) => tf.asinh(a!),
  atan: (a) => tf.atan(a!),
  atan2: (a, b) => tf.atan2(a!, tf.sub(b!, 1)),
  'atan2 on the axes': (a) => tf.atan2(tf.step(a!), tf.sub(tf.step(tf.neg(a!)), 0)),
  atanh: (a) => tf.atanh(tf.mul(small(a!), 0.9)),
  ceil: (a) => tf.ceil(a!),
  clipByValue: (a) => tf.clipByValue(a!, -0.3, 0.7),
  'clipByValue of whole numbers': (a) => tf.clipByValue(int(a!), -1, 2),
  cos: (a) => tf.cos(a!),
  cosh: (a) => tf.cosh(a!),
  elu: (a) => tf.elu(a!),
  exp: (a) => tf.exp(a!),
  'exp of whole numbers': (a) => tf.exp(int(a!)),
  expm1: (a) => tf.expm1(tf.mul(a!, 4)),
  'expm1 near 0': (a) => tf.mul(tf.expm1(tf.mul(a!, 1e-4)), 1e4),
  floor: (a) => tf.floor(a!),
  log1p: (_, b) => tf.log1p(b!),
  'log1p near 0': (a) => tf.mul(tf.log1p(tf.mul(a!, 1e-4)), 1e4),
  prelu: (a, b) => tf.prelu(a!, b!),
  'prelu with a slope a channel': (a) => tf.prelu(a!, tf.tensor1d([0.1, 0.2, -0.3, 4])),
  relu: (a) => tf.relu(int(a!)),
  relu6: (a) => tf.relu6(tf.mul(a!, 6)),
  round: (a) => tf.round(a!),
  'round half to even': (a) => tf.round(tf.div(int(a!), 2)),
  selu: (a) => tf.selu(a!),
  sign: (a) => tf.sign(a!),
  sin: (a) => tf.sin(a!),
  sinh: (a) => tf.sinh(a!),
  softplus: (a) => tf.softplus(tf.mul(a!, 5)),
  'step with a slope': (a) => tf.step(a!, 0.3),
  tan: (a) => tf.tan(small(a!)),

  'add of booleans': (a, b) => tf.mul(isPositive(a!), tf.greater(b!, 1)),
  addN: (a, b) => tf.addN([a!, b!, a!]),
  'cast of floats to whole numbers': (a) => tf.cast(tf.mul(a!, 3), 'int32'),
  'cast of floats to booleans': (a) => tf.cast(tf.relu(a!), 'bool'),
  'cast of whole numbers to booleans': (a) => tf.cast(int(a!, 1), 'bool'),
  'cast of whole numbers to floats': (a) => tf.cast(int(a!), 'float32'),
  'cast of booleans to whole numbers': (a) => tf.cast(isPositive(a!), 'int32'),
  'cast of booleans to floats': (a) => tf.cast(isPositive(a!), 'float32'),
  'division of whole numbers': (a, b) => tf.div(int(a!, 9), tf.add(int(b!), 1)),
  floorDiv: (a, b) => tf.floorDiv(tf.mul(a!, 9), b!),
  'floorDiv by negative whole numbers': (a, b) => tf.floorDiv(int(a!, 9), tf.neg(tf.add(int(b!), 1))),
  maximum: (a, b) => tf.maximum(int(a!), int(b!)),
  mod: (a, b) => tf.mod(tf.mul(a!, 9), b!),
  'mod by negative numbers': (a, b) => tf.mod(tf.mul(a!, 9), tf.neg(b!)),
  'mod of whole numbers': (a, b) => tf.mod(int(a!, 9), tf.neg(tf.add(int(b!), 1))),
  'pow of whole numbers': (a) => tf.pow(int(a!), tf.scalar(2, 'int32')),
  'squaredDifference of a channel vector': (a) => tf.squaredDifference(a!, tf.tensor1d([1, 2, 3, 4])),

  equal: (a, b) => tf.equal(int(a!), int(b!)),
  'equal of booleans': (a, b) => tf.equal(isPositive(a!), tf.greater(b!, 1)),
  greater: (a, b) => tf.greater(int(a!), int(b!)),
  greaterEqual: (a, b) => tf.greaterEqual(int(a!), int(b!)),
  isFinite: (a) => tf.isFinite(odd(a!)),
  isInf: (a) => tf.isInf(odd(a!)),
  isNaN: (a) => tf.isNaN(tf.log(a!)),
  less: (a, b) => tf.less(isPositive(a!), tf.greater(b!, 1)),
  lessEqual: (a, b) => tf.lessEqual(a!, b!),
  logicalAnd: (a, b) => tf.logicalAnd(isPositive(a!), tf.greater(b!, 1)),
  logicalNot: (a) => tf.logicalNot(isPositive(a!)),
  logicalOr: (a, b) => tf.logicalOr(isPositive(a!), tf.greater(b!, 1)),
  logicalXor: (a, b) => tf.logicalXor(isPositive(a!), tf.greater(b!, 1)),
  notEqual: (a, b) => tf.notEqual(int(a!), int(b!)),
  'where of whole numbers': (a, b) => tf.where(isPositive(a!), int(a!), int(b!)),
  'where of booleans': (a, b) => tf.where(isPositive(a!), tf.less(b!, 1), tf.greater(b!, 2)),
  'where broadcasts': (a, b) =>
    tf.where(isPositive(tf.slice(a!, 0, 1)), a!, tf.slice(b!, [0, 0, 0, 0, 0], [2, 1, 3, 1, 4])),

  all: (a) => tf.all(tf.greater(a!, -1), [1, 3]),
  'all, kept': (a) => tf.all(tf.greater(a!, -1), -1, true),
  any: (a) => tf.any(tf.greater(a!, 1), [2, 4]),
  'argMax over channels': (a) => tf.argMax(a!, -1),
  'argMax over depth': (a) => tf.argMax(a!, 1),
  'argMax of equals': (a) => tf.argMax(int(a!, 1), 2),
  'argMin over the batch': (a) => tf.argMin(a!, 0),
  cumsum: (a) => tf.cumsum(a!, 2),
  'cumsum, exclusive and backwards': (a) => tf.cumsum(a!, 4, true, true),
  'cumsum of whole numbers': (a) => tf.cumsum(int(a!), 0),
  cumprod: (a) => tf.cumprod(a!, 2),
  'cumprod along channels, backwards': (a) => tf.cumprod(a!, 4, false, true),
  'cumprod, exclusive': (a) => tf.cumprod(a!, 2, true),
  'cumprod, exclusive and backwards': (a) => tf.cumprod(a!, 4, true, true),
  logSoftmax: (a) => tf.logSoftmax(a!),
  logSumExp: (a) => tf.logSumExp(a!, -1),
  'max of whole numbers': (a) => tf.max(int(a!), [0, 4]),
  'mean of whole numbers': (a) => tf.mean(int(a!), 2),
  'min of a middle axis': (a) => tf.min(a!, 2, true),
  'prod of whole numbers': (a) => tf.prod(tf.add(int(a!, 1), 2), [3]),
  'sum of booleans': (a) => tf.sum(isPositive(a!), [0, 1, 2, 3]),
  'sum over no axis': (a) => tf.sum(a!, []),
  moments: (a) => Object.values(tf.moments(a!, [1, 2, 3])) as tf.Tensor[],

  batchToSpaceND: (a) => tf.batchToSpaceND(rows(a!, 4, 2, 3, 4), [2, 2], [[0, 1], [1, 0]]), // biome-ignore format: pairs
  bincount: (a) => tf.bincount(rows(ids(a!, 7), 96) as tf.Tensor1D, tf.tensor1d([]), 6),
  'bincount with weights': (a, b) => tf.bincount(rows(ids(a!, 7), 96) as tf.Tensor1D, rows(b!, 96) as tf.Tensor1D, 7),
  broadcastTo: (a) => tf.broadcastTo(tf.slice(a!, [0, 0, 0, 0, 0], [2, 1, 3, 1, 4]), SHAPE),
  'concat along depth': (a, b) => tf.concat([a!, b!, a!], 1),
  cropAndResize: (a) =>
    tf.image.cropAndResize(rows(a!, 2, 3, 4, 4) as tf.Tensor4D, BOXES(), ints(1, 0, 1), [3, 2], 'bilinear', 0.5),
  'cropAndResize to the nearest': (a) =>
    tf.image.cropAndResize(rows(a!, 2, 3, 4, 4) as tf.Tensor4D, BOXES(), ints(1, 0, 1), [2, 3], 'nearest'),
  'cropAndResize to one pixel': (a) =>
    tf.image.cropAndResize(rows(a!, 2, 3, 4, 4) as tf.Tensor4D, BOXES(), ints(1, 0, 1), [1, 1]),
  'denseBincount of rows': (a, b) =>
    tf.denseBincount(rows(ids(a!, 5), 8, 12) as tf.Tensor2D, rows(b!, 8, 12) as tf.Tensor2D, 5),
  'denseBincount, yes or no': (a) =>
    tf.denseBincount(rows(ids(a!, 5), 8, 12) as tf.Tensor2D, tf.tensor2d([], [0, 0]), 5, true),
  depthToSpace: (a) => tf.depthToSpace(rows(a!, 2, 2, 3, 8) as tf.Tensor4D, 2),
  diag: (a) => tf.diag(rows(tf.slice(a!, 0, 1), 8, 6)),
  einsum: (a, b) => tf.einsum('bij, bkj->bik', rows(a!, 4, 6, 4), rows(b!, 4, 6, 4)),
  expandDims: (a) => tf.expandDims(tf.squeeze(tf.slice(a!, 0, 1), [0]), -1),
  'flipLeftRight of images': (a) => tf.image.flipLeftRight(rows(a!, 2, 3, 4, 4) as tf.Tensor4D),
  'fill of whole numbers': (a) => tf.add(int(a!), tf.fill(SHAPE, 7, 'int32')),
  gather: (a) => tf.gather(a!, tf.tensor2d([[1, 0, 2], [2, 2, 0]], [2, 3], 'int32'), 2), // biome-ignore format: rows
  'gather by rows': (a) => tf.gather(rows(a!, 4, 3, 8), tf.tensor2d([0, 2, 1, 1, 0, 0, 2, 2], [4, 2], 'int32'), 1, 1),
  'gather by rows of a later axis': (a) =>
    tf.gather(rows(a!, 4, 3, 8), tf.tensor2d([0, 7, 1, 1, 0, 0, 5, 2], [4, 2], 'int32'), 2, 1),
  gatherND: (a) => tf.gatherND(a!, tf.tensor2d([0, 1, 1, 0, 0, 1], [3, 2], 'int32')),
  linspace: (a) => tf.add(a!, tf.linspace(-1, 2, 4)),
  oneHot: (a) => tf.oneHot(ids(a!, 5), 4),
  'oneHot with values': (a) => tf.oneHot(ids(a!, 5), 5, 0.75, -0.25, 'float32'),
  onesLike: (a) => tf.onesLike(int(a!)),
  range: (a) => tf.add(a!, tf.range(2, -2, -1)),
  'range of whole numbers': (a) => tf.add(int(a!), tf.range(0, 8, 2, 'int32')),
  reverse: (a) => tf.reverse(a!, [1, -1]),
  'reverse of everything': (a) => tf.reverse(a!),
  scatterND: (a) => tf.scatterND(tf.tensor2d([1, 3, 1, 0], [4, 1], 'int32'), rows(a!, 4, 24), [5, 24]),
  'scatterND by two axes': (a) =>
    tf.scatterND(tf.tensor2d([0, 1, 1, 0, 0, 1], [3, 2], 'int32'), rows(tf.slice(a!, 0, 1), 3, 16), [2, 2, 16]),
  searchSorted: (a, b) => tf.searchSorted(tf.cumsum(rows(b!, 8, 12), 1), tf.mul(rows(a!, 8, 12), 9), 'right'),
  'lowerBound of equals': (a, b) => tf.lowerBound(tf.cumsum(int(rows(b!, 8, 12), 1), 1), int(rows(a!, 8, 12))),
  spaceToBatchND: (a) => tf.spaceToBatchND(rows(a!, 2, 3, 4, 4), [2, 2], [[1, 0], [0, 2]]), // biome-ignore format: pairs
  'split by sizes': (a) => tf.split(a!, [1, -1], 2),
  'split of channels': (a) => tf.split(a!, 2, -1),
  stack: (a, b) => tf.stack([a!, b!], 2),
  'stridedSlice backwards': (a) => tf.stridedSlice(a!, [1, 1, 2, 1, 3], [-9, -9, -9, -9, -9], [-1, -1, -2, -1, -3]),
  'stridedSlice with masks': (a) => tf.stridedSlice(a!, [0, 1, 0, 0], [0, 2, 2, 1], [1, 1, 1, 1], 1, 1, 0, 4, 2),
  tensorScatterUpdate: (a, b) =>
    tf.tensorScatterUpdate(rows(a!, 4, 24), tf.tensor2d([3, 0], [2, 1], 'int32'), tf.slice(rows(b!, 4, 24), 0, 2)),
  tile: (a) => tf.tile(a!, [1, 2, 1, 1, 3]),
  topk: (a) => Object.values(tf.topk(a!, 3)),
  'topk of equals': (a) => Object.values(tf.topk(int(a!, 1), 4)),
  'transpose of whole numbers': (a) => tf.transpose(int(a!), [4, 0, 2, 1, 3]),
  unsortedSegmentSum: (a) => tf.unsortedSegmentSum(rows(a!, 4, 3, 8), tf.tensor1d([2, 0, 2, 1], 'int32'), 4),
  'unsortedSegmentSum without the strangers': (a) =>
    tf.unsortedSegmentSum(rows(a!, 4, 24), tf.tensor1d([2, -1, 2, 9], 'int32'), 3),
  unstack: (a) => tf.unstack(a!, 2),
  'unstack of channels': (a) => tf.unstack(a!, -1),
  zerosLike: (a) => tf.zerosLike(isPositive(a!)),
  eluGrad: (a, b) => run('EluGrad', { dy: b!, y: tf.elu(a!) }),
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(`${name} is the same traced and in tfjs, in either layout`, async () => {
    const direct = runDirect(program, [SHAPE, SHAPE], [x, y])
    for (const layout of [(t: tf.Tensor) => t, moved]) {
      const inLayout: Program = (a, b) => program(layout(a!), layout(b!))
      assertEqual(await runTraced(inLayout, [SHAPE, SHAPE], [x, y]), direct, name)
    }
  })
}
