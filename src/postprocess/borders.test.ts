import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contrastToNoise, moveBorder, sidesOf } from './borders.ts'
import { type Intensities, localMeans } from './local-means.ts'

const SHAPE = [48, 24, 24] as const
const [NX, NY, NZ] = SHAPE
const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
const [DARK, BRIGHT] = [1, 2]

/** Labels 1 and 2 meet between i = at − 1 and i = at. */
const labelled = (at: number, [left, right]: readonly [number, number] = [DARK, BRIGHT]) => ({
  shape: SHAPE,
  affine: AFFINE,
  data: Uint8Array.from({ length: NX * NY * NZ }, (_, n) => (n % NX < at ? left : right)),
})

/** A step from 100 to 200 at the plane i = edge − ½, as a scanner shows it: a logistic edge, half-way there. */
const shown = (edge: number, gain = (_i: number): number => 1): Intensities => ({
  values: Float32Array.from({ length: NX * NY * NZ }, (_, n) => {
    const i = n % NX
    return gain(i) * (100 + 100 / (1 + Math.exp(-1.5 * (i - edge + 0.5))))
  }),
  rowAt: (j, k) => NX * (j + NY * k),
})

/** Where the labels meet afterwards in a row through the middle, in both directions moved. */
function moved(
  from: number,
  scan: Intensities,
  steps: number,
  order: readonly [number, number] = [DARK, BRIGHT],
  share = 0.5,
): number {
  const labels = labelled(from, order)
  const sides = sidesOf(localMeans(labels, scan, 3), { between: order, share })
  if (sides !== null) moveBorder(labels, scan, sides, [steps, steps])
  const row = NX * (NY / 2 + NY * (NZ / 2))
  return labels.data.subarray(row, row + NX).indexOf(order[1])
}

test('a border that lies beside the one that the scan shows moves there, from either side', () => {
  for (const off of [-2, -1, 0, 1, 2]) assert.equal(moved(24 + off, shown(24), 2), 24, `${off}`)
})

test('whichever label is the brighter one, and named first', () => {
  const scan = shown(24)
  const dark = { ...scan, values: scan.values.map((value) => 300 - value) }
  for (const off of [-2, 2]) {
    assert.equal(moved(24 + off, dark, 2), 24)
    assert.equal(moved(24 + off, scan, 2, [BRIGHT, DARK]), 24)
  }
})

test('no further than so many steps, and not at all where none are allowed', () => {
  assert.equal(moved(28, shown(24), 3), 25)
  assert.equal(moved(20, shown(24), 3), 23)
  assert.equal(moved(26, shown(24), 0), 26)
})

test('where one end of the head is twice as bright as the other, each place goes by what is near', () => {
  const edge = (where: number) =>
    moved(
      where + 1,
      shown(where, (i) => 1 + i / NX),
      2,
    )
  assert.deepEqual([14, 24, 34].map(edge), [14, 24, 34])
})

test('the share says how much of the contrast a voxel must have to be of the second label', () => {
  // at i = 24 the edge has 0.68 of it, at 23 0.32, at 25 0.90, at 22 0.10
  const at = (share: number) => moved(24, shown(24), 3, [DARK, BRIGHT], share)
  assert.deepEqual([0.2, 0.5, 0.8].map(at), [23, 24, 25])
})

test('labels that look the same, or of which one is not there, have no border that a scan shows', () => {
  const flat = { values: new Float32Array(NX * NY * NZ).fill(7), rowAt: shown(24).rowAt }
  const means = localMeans(labelled(24), flat, 4)
  assert.equal(sidesOf(means, { between: [DARK, BRIGHT], share: 0.5 }), null)
  assert.equal(sidesOf(localMeans(labelled(24), shown(24), 4), { between: [DARK, 3], share: 0.5 }), null)
  assert.equal(moved(26, flat, 2), 26)
})

/** Where labels that meet at i = 26 do afterwards at k = 1 and k = 20, of 24 planes the first ten changed, the true border at 24. */
function metWith(change: (value: number) => number): number[] {
  const scan = shown(24)
  const values = scan.values.map((value, n) => (Math.floor(n / (NX * NY)) < 10 ? change(value) : value))
  const labels = labelled(26)
  const sides = sidesOf(localMeans(labels, { ...scan, values }, 3), { between: [DARK, BRIGHT], share: 0.5 })!
  moveBorder(labels, { ...scan, values }, sides, [2, 2])
  const meets = (k: number) => labels.data.subarray(NX * (12 + NY * k), NX * (13 + NY * k)).indexOf(BRIGHT)
  return [1, 20].map(meets)
}

test('where nearby the darker label of the head is the brighter one, nothing moves', () => {
  assert.deepEqual(
    metWith((value) => 300 - value),
    [26, 24],
  )
})

test('where nearby both look nearly the same, as deep nuclei and white matter do, nothing moves', () => {
  assert.deepEqual(
    metWith((value) => 200 - 0.2 * (200 - value)),
    [26, 24],
  )
  assert.deepEqual(
    metWith((value) => 200 - 0.9 * (200 - value)),
    [24, 24],
  )
})

test('what does not touch the other label stays, whatever it looks like', () => {
  const scan = shown(24)
  scan.values[5 + NX * (12 + NY * 12)] = 200
  const labels = labelled(24)
  const sides = sidesOf(localMeans(labels, scan, 3), { between: [DARK, BRIGHT], share: 0.5 })!
  moveBorder(labels, scan, sides, [2, 2])
  assert.deepEqual(labels.data, labelled(24).data)
})

test('of two scans the one that is less noisy tells labels apart better', () => {
  const clean = shown(24)
  const values = clean.values.map((value, n) => value + (n % 3) * 50)
  const [first, second] = [clean, { ...clean, values }].map((scan) =>
    contrastToNoise(localMeans(labelled(24), scan, 3), [DARK, BRIGHT]),
  )
  assert.ok(first! > 2 * second!, `${first} and ${second}`)
  assert.equal(contrastToNoise(localMeans(labelled(24), clean, 4), [DARK, 3]), 0)
})

test('into one label as far as is said for it, into the other not at all', () => {
  const scan = shown(24)
  const met = (from: number, steps: readonly [number, number]) => {
    const labels = labelled(from)
    const sides = sidesOf(localMeans(labels, scan, 3), { between: [DARK, BRIGHT], share: 0.5 })!
    moveBorder(labels, scan, sides, steps)
    const row = NX * (NY / 2 + NY * (NZ / 2))
    return labels.data.subarray(row, row + NX).indexOf(BRIGHT)
  }
  assert.deepEqual([met(28, [3, 0]), met(20, [3, 0]), met(28, [0, 2]), met(20, [0, 2])], [25, 20, 28, 22])
})
