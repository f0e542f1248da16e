import '../../compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { targetInputs } from '../../../test/fixtures/target-inputs.ts'
import { CSF, OEDEMA, setOf, TUMOUR } from '../label-sets.ts'
import { channelCount, channelsOf, type HeadClasses, lossTargets, type SampleSource, targetTensors } from './targets.ts'

const TUMOUR_NET = [[0, 1, 2, 3, 5, 6]]
const TWO_HEADS = [
  [0, 1, 2, 3],
  [0, 4],
]

before(() => tf.setBackend('cpu'))

/** What the losses read of one sample, [voxels, K] flat. */
function read(masks: number[], sample: SampleSource, heads: readonly HeadClasses[]): Record<string, Float32Array> {
  const targets = lossTargets(Uint8Array.from(masks), [sample], heads)
  const tensors = targetTensors(targetInputs(targets, [1, masks.length], channelCount(heads)))
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.dataSync() as Float32Array]))
}

test('classes become the channels of the recipe: oedema and tumour are channels 4 and 5 where there is no hyperintensity', () => {
  assert.equal(channelsOf(setOf(OEDEMA, TUMOUR), TUMOUR_NET, 0), 0b110000)
  assert.equal(channelsOf(setOf(4), TUMOUR_NET, 0), 0)
})

test('a second head begins where the first ends', () => {
  assert.equal(channelsOf(setOf(0, 4), TWO_HEADS, 1), 0b110000)
})

test('a sample states nothing on the channels of another head, and its own labels are those of its head', () => {
  const targets = read([1, 16], { own: 17, head: 1 }, TWO_HEADS)
  assert.deepEqual([...targets['admissible']!], [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1])
  assert.deepEqual([...targets['own']!], [0, 0, 0, 0, 1, 1])
})

test('more than eight channels: the ninth and later are stated like the first', () => {
  const heads = [
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3, 5, 6],
  ]
  const targets = read([setOf(TUMOUR), setOf(3)], { own: 127, head: 1 }, heads)
  const ones = (data: Float32Array) => [...data.keys()].filter((at) => data[at] === 1)
  // head 1 begins at channel 5: white matter is its channel 8, a tumour its channel 10
  assert.deepEqual(ones(targets['admissible']!), [10, 11 + 8])
  assert.deepEqual(ones(targets['own']!), [5, 6, 7, 8, 9, 10])
  assert.deepEqual(ones(targets['groups']!), [8, 11 + 10])
})

test('the groups of a sample are its different sets; all labels together are none', () => {
  // {0, 1} twice, {2} once, any once
  const targets = read([3, 3, 4, 7], { own: 7, head: 0 }, [[0, 1, 2]])
  assert.deepEqual([...targets['groups']!], [1, 1, 0, 0, 0, 1, 0, 0, 0])
  assert.deepEqual([...targets['stated']!], [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0])
})

test('a voxel that admits none of the classes of its head is refused', () => {
  assert.throws(() => lossTargets(Uint8Array.from([setOf(CSF)]), [{ own: 17, head: 1 }], TWO_HEADS), /admits none/)
})

test('more channels than a float32 can hold as bits are refused', () => {
  const heads = Array(7).fill([0, 1, 2, 3])
  assert.throws(
    () => lossTargets(Uint8Array.from([1]), [{ own: 15, head: 0 }], heads),
    /28 output channels; at most 24/,
  )
})
