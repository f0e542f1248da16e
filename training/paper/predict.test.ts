import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from '../../src/network/engine.ts'
import { jointClasses, networksOf } from './methods.ts'
import { predict } from './predict.ts'

const N = 16
/** A ball-less scan: bright everywhere but for a dark rim, so that preprocessing has a foreground. */
const scan = {
  frame: 'scan' as const,
  shape: [N, N, N] as const,
  affine: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1],
  data: Float32Array.from({ length: N ** 3 }, (_, v) => (v % N < 2 ? 0 : 100 + (v % 7))),
}
const scans = new Map([
  ['t1', scan],
  ['flair', scan],
])
/** `even` logits in every other sagittal plane, `odd` ones between. */
const stripes =
  (even: readonly number[], odd: readonly number[]): Engine =>
  async (_input, [d, h, w]) =>
    Float32Array.from(
      { length: d * h * w * even.length },
      (_, at) => ((at % w) % 2 === 0 ? even : odd)[Math.floor(at / (d * h * w))]!,
    )

test("Multi-UNet's lesion overwrites tissue however sure the tissue network is, and its background does not", async () => {
  const [tissue, lesion] = networksOf('multi-unet', 'wmh', 1, { steps: 1, batch: 2 })
  const networks = [
    { ...tissue!, engine: stripes([0, 0, 0, 9], [0, 0, 0, 9]) },
    { ...lesion!, engine: stripes([0, 0.1], [0.1, 0]) },
  ]
  const { data } = await predict(networks, scans, jointClasses('wmh'))
  assert.deepEqual([...new Set(data)].sort(), [3, 4])
})

test('the heads of a multi-head network are read one by one', async () => {
  const [network] = networksOf('multi-head', 'tumour', 1, { steps: 1, batch: 2 })
  // tissue head: grey; lesion head: background and tumour in turn
  const engine = stripes([0, 0, 5, 0, 3, 0, 0], [0, 0, 5, 0, 0, 0, 1])
  const { data } = await predict([{ ...network!, engine }], scans, jointClasses('tumour'))
  assert.deepEqual([...new Set(data)].sort(), [2, 5])
})

test('a network of selective loss is read as its loss lets classes compete: tissue by itself, then lesions', async () => {
  const [network] = networksOf('selective', 'wmh', 1, { steps: 1, batch: 2 })
  // background, CSF, grey, white, lesion: white is far ahead of all, the lesion of the background only, in every other plane
  const engine = stripes([1, 0, 0, 9, 2], [1, 0, 0, 9, 0])
  const { data } = await predict([{ ...network!, engine }], scans, jointClasses('wmh'))
  assert.deepEqual([...new Set(data)].sort(), [3, 4])
})
