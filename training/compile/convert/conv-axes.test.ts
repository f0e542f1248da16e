/** Convolution layers whose grid is open: the sizes of what comes out, checked against tfjs at three grids. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { input, layers, model as modelOf, type SymbolicTensor } from '@tensorflow/tfjs-layers'
import { openCheckRuntime } from '../check-runtime.ts'
import { saveModel } from '../model-files.ts'
import { readArtifacts } from './artifacts.ts'
import { convertModel } from './convert.ts'

before(() => tf.setBackend('cpu'))
const folder = mkdtempSync(join(tmpdir(), 'onelabel-conv-axes-'))
after(() => rmSync(folder, { recursive: true, force: true }))

type Network = (x: SymbolicTensor) => SymbolicTensor
interface Case {
  readonly rank: 1 | 2 | 3
  readonly network: Network
  /** The sizes of the output; undefined where they are rounded up and have no plain form. */
  readonly dims: string | undefined
  readonly multipleOf: number
}

const same = { filters: 3, kernelSize: 3, padding: 'same' } as const
const through =
  (layer: { apply(x: SymbolicTensor): unknown }): Network =>
  (x) =>
    layer.apply(x) as SymbolicTensor

/** Down by 2, up by 2, beside what was there before: fits at even sizes only. */
const hourglass: Network = (x) => {
  const down = layers.conv2d({ ...same, strides: 2, activation: 'relu' }).apply(x) as SymbolicTensor
  const up = layers.conv2dTranspose({ ...same, strides: 2 }).apply(down) as SymbolicTensor
  return layers.concatenate().apply([x, up]) as SymbolicTensor
}

const CASES: Readonly<Record<string, Case>> = {
  'conv1d of stride 2': {
    rank: 1,
    network: through(layers.conv1d({ ...same, strides: 2 })),
    dims: undefined,
    multipleOf: 1,
  },
  'conv2d of stride 2': {
    rank: 2,
    network: through(layers.conv2d({ ...same, strides: 2 })),
    dims: undefined,
    multipleOf: 1,
  },
  'depthwise conv2d': {
    rank: 2,
    network: through(layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same' })),
    dims: 'N,H,W,4',
    multipleOf: 1,
  },
  'separable conv2d': {
    rank: 2,
    network: through(layers.separableConv2d({ ...same, padding: 'valid' })),
    dims: 'N,H-2,W-2,3',
    multipleOf: 1,
  },
  conv2dTranspose: {
    rank: 2,
    network: through(layers.conv2dTranspose({ ...same, strides: 2 })),
    dims: 'N,2*H,2*W,3',
    multipleOf: 1,
  },
  'conv2dTranspose, valid': {
    rank: 2,
    network: through(layers.conv2dTranspose({ ...same, padding: 'valid', strides: 2 })),
    dims: 'N,2*H+1,2*W+1,3',
    multipleOf: 1,
  },
  conv3dTranspose: {
    rank: 3,
    network: through(layers.conv3dTranspose({ ...same, kernelSize: 2, strides: 2 })),
    dims: 'N,2*D,2*H,2*W,3',
    multipleOf: 1,
  },
  'an hourglass': { rank: 2, network: hourglass, dims: 'N,H,W,5', multipleOf: 2 },
}

for (const [name, { rank, network, dims, multipleOf }] of Object.entries(CASES)) {
  test(`${name} keeps its batch and grid open`, async () => {
    const x = input({ shape: [...Array<null>(rank).fill(null), 2] })
    const place = join(folder, name)
    await saveModel(modelOf({ inputs: x, outputs: network(x) }), place)
    const options = { size: {}, checkSize: {}, seed: 4 }
    const converted = await convertModel(await readArtifacts(join(place, 'model.json')), options, openCheckRuntime)
    assert.deepEqual(
      converted.open,
      [
        ['N', 'L'],
        ['N', 'H', 'W'],
        ['N', 'D', 'H', 'W'],
      ][rank - 1],
    )
    assert.equal(converted.multipleOf, multipleOf)
    assert.equal(converted.checks.length, 3)
    for (const { largestDifference } of converted.checks) assert.ok(largestDifference < 1e-5, String(largestDifference))
    if (dims !== undefined) assert.equal(converted.graph.outputs[0]!.dims!.join(), dims)
  })
}
