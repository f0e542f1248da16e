import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from './engine.ts'
import { flipAverage } from './flip-average.ts'

const SHAPE = [1, 1, 3] as const

/** Looks to its left: label 0 gets the voxel's own first channel, label 1 ten times the one of the voxel before it. */
function leftLooking(): { readonly engine: Engine; readonly seen: number[][] } {
  const seen: number[][] = []
  const logits = new Float32Array(6)
  const engine: Engine = async (input) => {
    seen.push([...input])
    for (let x = 0; x < 3; x++) {
      logits[x] = input[x]!
      logits[3 + x] = x === 0 ? 0 : 10 * input[x - 1]!
    }
    return logits // one array for every call, as an engine may do
  }
  return { engine, seen }
}

test('the network runs twice a patch, once on its mirror image with its channels in order', async () => {
  const { engine, seen } = leftLooking()
  await flipAverage(engine)(Float32Array.of(1, 2, 4, -1, -2, -4), SHAPE)
  assert.deepEqual(seen, [
    [1, 2, 4, -1, -2, -4],
    [4, 2, 1, -4, -2, -1],
  ])
})

test('the logits are the mean of both answers, the second mirrored back', async () => {
  const { engine } = leftLooking()
  // Label 0 sees 1 2 4 both times. Label 1 sees 0 10 20 as it is; mirrored 0 40 20, back 20 40 0: means 10 25 10.
  const logits = await flipAverage(engine)(Float32Array.of(1, 2, 4, -1, -2, -4), SHAPE)
  assert.deepEqual([...logits], [1, 2, 4, 10, 25, 10])
})

test('rows and planes stay where they are: only left and right change places', async () => {
  const identity: Engine = async (input) => input
  const input = Float32Array.from({ length: 2 * 3 * 4 }, (_, at) => at)
  assert.deepEqual([...(await flipAverage(identity)(input, [2, 3, 4]))], [...input])
})
