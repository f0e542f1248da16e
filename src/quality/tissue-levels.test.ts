import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FoundTissue } from './tissue-finder.ts'
import { tissueLevels } from './tissue-levels.ts'

const EDGE = 16
const SIZE = EDGE ** 3
const AFFINE = [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]

/** Three slabs along i that are mostly fluid, grey and white by place, and their levels with a little noise. */
function head(
  csf: number,
  grey: number,
  white: number,
  spoil = (_: number, value: number): number => value,
): FoundTissue {
  const found = { csf: new Float32Array(SIZE), grey: new Float32Array(SIZE), white: new Float32Array(SIZE) }
  const values = new Float32Array(SIZE)
  for (let at = 0; at < SIZE; at++) {
    const place = Math.floor((3 * (at % EDGE)) / EDGE)
    const shares = [0, 1, 2].map((part) => (part === place ? 0.5 : 0.25)) as [number, number, number]
    ;[found.csf[at], found.grey[at], found.white[at]] = shares
    values[at] = spoil(at, [csf, grey, white][place]! + (((at * 7919) % 101) / 50 - 1) * 0.1)
  }
  const brain = new Float32Array(SIZE).fill(1)
  return { ...found, brain, values, shape: [EDGE, EDGE, EDGE], affine: AFFINE }
}

const near = (found: number, wanted: number, within: number) =>
  assert.ok(Math.abs(found - wanted) <= within, `${found} is not ${wanted} ± ${within}`)

const LOOKS: readonly (readonly [string, readonly [number, number, number]])[] = [
  ['T1', [-2, 0.5, 1.5]],
  ['FLAIR', [-2, 1.5, 0.8]],
  ['T2', [3, 0.8, -0.5]],
  ['proton density', [0.6, 1.4, -0.4]],
]
for (const [name, levels] of LOOKS) {
  test(`the levels of a ${name} come out of places that are right half of the time`, () => {
    const { csf, grey, white } = tissueLevels(head(...levels))!
    near(csf, levels[0], 0.12)
    near(grey, levels[1], 0.12)
    near(white, levels[2], 0.12)
  })
}

test('one voxel in fifty that shows something else does not change the order', () => {
  const { csf, grey, white } = tissueLevels(head(-2, 0.5, 1.5, (at, value) => (at % 50 === 4 ? 4 : value)))!
  near(csf, -2, 0.12)
  near(grey, 0.5, 0.12)
  assert.ok(white > 1.4, `${white}`)
})

test('volumes are those of the shares, brain or not', () => {
  const { ml } = tissueLevels(head(0, 1, 2))!
  near(ml.csf + ml.grey + ml.white, SIZE * 0.064, 0.01)
})

test('of less than a handful of brain, and of one intensity, nothing is said', () => {
  const found = head(0, 1, 2)
  const none = new Float32Array(SIZE)
  assert.equal(tissueLevels({ ...found, csf: none, grey: none, white: none }), null)
  assert.equal(tissueLevels({ ...found, values: none }), null)
})

test('the bright tail is how far the brightest twentieth lies from the middle, over how far the darkest does', () => {
  // Evenly from 0 to 1, cubed: the quantiles are q³, so (0.95³ − 0.5³) / (0.5³ − 0.05³) = 0.732 / 0.125.
  const even = (at: number) => ((at * 7919) % SIZE) / SIZE
  near(tissueLevels(head(0, 0, 0, (at) => even(at) ** 3))!.brightTail, 5.87, 0.1)
  near(tissueLevels(head(0, 0, 0, (at) => -(even(at) ** 3)))!.brightTail, 1 / 5.87, 0.01)
})
