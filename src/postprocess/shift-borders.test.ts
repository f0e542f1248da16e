import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOTHING, plane } from '../../test/fixtures/plane.ts'
import { tinyCard } from '../../test/fixtures/tiny-model.ts'
import { cardSchema } from '../model/card.ts'
import type { PostprocessSpec } from '../model/postprocess-spec.ts'
import type { FoundLabels } from '../network/sliding-window.ts'
import type { Volume } from '../volume/volume.ts'
import { postprocess } from './postprocess.ts'

/** A FLAIR on the grid of `found`, an intensity a voxel: white matter 100, a lesion 200, its halo 115. */
const flairOf = (found: FoundLabels, rows: readonly string[]): Volume<'model'> => {
  const data = Float32Array.from(rows.join(''), (sign) => ({ '.': 0, w: 100, h: 115, l: 200 })[sign]!)
  return { shape: found.shape, affine: found.affine, frame: 'model', data }
}

/** The planes below and above are white matter: the outermost voxels of a grid stay as they are. */
function between(found: FoundLabels, scan: Volume<'model'>): [FoundLabels, Volume<'model'>] {
  const size = found.data.length
  const shape = [found.shape[0], found.shape[1], 3] as const
  const thrice = { data: new Uint8Array(3 * size).fill(1), confidence: new Uint8Array(3 * size).fill(255) }
  thrice.data.set(found.data, size)
  thrice.confidence.set(found.confidence, size)
  const data = new Float32Array(3 * size).fill(100)
  data.set(scan.data, size)
  return [
    { ...found, ...thrice, shape },
    { ...scan, shape, data },
  ]
}

const SHOWN = {
  ...NOTHING,
  borders: [
    {
      channels: ['flair'],
      between: ['tissue', 'lesion'] as [string, string],
      share: 0.5,
      mostMm: [2, 20] as [number, number],
    },
  ],
}

/** @param t1 the other scan, if there is one, of 1 mm */
function shownIn(
  rows: readonly string[],
  scan: readonly string[],
  spec: PostprocessSpec,
  edgeMm: number | null = 2,
  t1?: readonly string[],
) {
  const flat = plane(...rows)
  const [found, flair] = between(flat, flairOf(flat, scan))
  const other = t1 ? between(flat, flairOf(flat, t1))[1] : null
  const { labels } = tinyCard('tiny', new Uint8Array(1))
  const named = labels.map((label) => ({ ...label, name: ['background', 'tissue', 'lesion'][label.value]! }))
  const card = {
    channels: [
      { name: 't1', title: '' },
      { name: 'flair', title: '' },
    ],
    labels: named,
    postprocess: spec,
  }
  const silent = new Uint8Array(found.data.length)
  const input = {
    foregroundMl: Number.POSITIVE_INFINITY,
    silent,
    channels: [other, edgeMm === null ? null : flair],
    longestEdgesMm: [1, edgeMm],
  }
  const { data } = postprocess(found, card, input)
  return [...data.subarray(flat.data.length, 2 * flat.data.length)].join('')
}

const HALO = ['1111111111', '1222222221', '1222222221', '1111111111']
const HALO_SCAN = ['wwwwwwwwww', 'whllllhhhw', 'whllllhwww', 'wwlwwwwwww']

test('a lesion ends where the FLAIR is half-way to white matter, whether the network drew it too large or too small', () => {
  const expected = ['1111111111', '1122221111', '1122221111', '1111111111'].join('')
  assert.equal(shownIn(HALO, HALO_SCAN, SHOWN), expected)
  const inner = ['1111111111', '1111221111', '1111221111', '1111111111']
  // a step of 2 mm to either side
  assert.equal(shownIn(inner, HALO_SCAN, SHOWN), ['1111111111', '1112221111', '1112221111', '1111111111'].join(''))
})

test('without the scan that shows a border it stays where the network has it', () => {
  assert.equal(shownIn(HALO, HALO_SCAN, SHOWN, null), HALO.join(''))
})

test('a scan whose voxels are longer than the border asks for shows nothing', () => {
  const fine = { ...SHOWN, borders: [{ ...SHOWN.borders[0]!, longestEdgeMm: 2 }] }
  assert.notEqual(shownIn(HALO, HALO_SCAN, fine, 2.0001), HALO.join(''))
  assert.equal(shownIn(HALO, HALO_SCAN, fine, 2.1), HALO.join(''))
})

test('of two scans the one decides that tells both labels apart better, and where it is too coarse none does', () => {
  const both = { ...SHOWN, borders: [{ ...SHOWN.borders[0]!, channels: ['t1', 'flair'], longestEdgeMm: 2 }] }
  // on the T1 the lesion is where the network has it, but tissue varies more than the lesion differs
  const faint = HALO.map((row) => row.replaceAll('1', 'w').replaceAll('2', 'h'))
  faint[0] = 'w.w.w.w.w.'
  const moved = shownIn(HALO, HALO_SCAN, both)
  assert.equal(shownIn(HALO, HALO_SCAN, both, 2, faint), moved)
  assert.equal(shownIn(HALO, HALO_SCAN, both, 3, faint), HALO.join(''))
  assert.equal(shownIn(HALO, faint, both, 2, HALO_SCAN), moved)
})

test('what a border leaves of a lesion has to be large enough; what it gains does not count', () => {
  // nine voxels of 8 µL in the map; of eight that are left the network was sure
  const least = (minLesionMl: number) => shownIn(HALO, HALO_SCAN, { ...SHOWN, minLesionMl }).includes('2')
  assert.deepEqual([0.064, 0.065].map(least), [true, false])
  const inner = ['1111111111', '1111221111', '1111221111', '1111111111']
  const gained = (minLesionMl: number) => shownIn(inner, HALO_SCAN, { ...SHOWN, minLesionMl }).includes('2')
  assert.deepEqual([0.032, 0.033].map(gained), [true, false])
})

test('a card whose border names a label or a channel that it does not have is refused', () => {
  const card = tinyCard('tiny', new Uint8Array(1))
  const [channel, labels] = [card.channels[0]!.name, card.labels.map(({ name }) => name)]
  const faultOf = (between: readonly [string, string], on = channel) =>
    cardSchema.safeParse({
      ...card,
      postprocess: { ...NOTHING, borders: [{ channels: [on], between, share: 0.5, mostMm: [1, 1] }] },
    }).error?.message
  assert.equal(faultOf([labels[1]!, labels[2]!]), undefined)
  assert.match(faultOf([labels[1]!, 'bone'])!, /and 'bone' on/)
  assert.match(faultOf([labels[0]!, labels[1]!])!, /two labels other than background/)
  assert.match(faultOf([labels[1]!, labels[2]!], 'pd')!, /on pd: .*channels show it/)
})
