import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape } from '../volume/volume.ts'
import { squaredDistanceMm2 } from './distance.ts'
import { flood } from './flood.ts'

/** Rows of one plane in the middle of a body that is one voxel deep; `#` is wall, digits are markers, the rest is body. */
function flooded(...rows: readonly string[]): string[] {
  const shape: Shape = [rows[0]!.length, rows.length, 1]
  const text = rows.join('')
  const body = Uint8Array.from(text, (sign) => (sign === '#' ? 0 : 1))
  const markers = Uint8Array.from(text, (sign) => Number(sign) || 0)
  const wall = Float32Array.from(
    squaredDistanceMm2(
      body.map((inside) => 1 - inside),
      shape,
      [1, 1, 1],
    ),
  )
  flood(markers, body, wall, shape)
  const signs = [...markers].map((marker, at) => (body[at] === 0 ? '#' : String(marker)))
  return rows.map((_, row) => signs.slice(row * shape[0], (row + 1) * shape[0]).join(''))
}

test('two halls that a passage joins are parted in the passage, though one marker is nearer to it', () => {
  // by distance alone the right marker would take the last column of the left hall, which is 9 steps from the left one
  const rows = flooded(
    '###################',
    '#         ##      #',
    '#         ##      #',
    '# 1         2     #',
    '#         ##      #',
    '#         ##      #',
    '###################',
  )
  for (const row of rows.slice(1, -1))
    assert.deepEqual([row.slice(1, 10), row.slice(12, 18)], ['1'.repeat(9), '2'.repeat(6)])
})

test('a third hall belongs to whom the wider passage leads to', () => {
  // in between a way of one voxel to the left marker, and one of three to the right one
  const rows = flooded(
    '#####################',
    '#     #     ##      #',
    '#           ##      #',
    '#  1  #             #',
    '#     #          2  #',
    '#     #             #',
    '#     #     ##      #',
    '#####################',
  )
  assert.deepEqual(
    rows.slice(3, 6).map((row) => row.slice(8, 12)),
    ['2222', '2222', '2222'],
  )
})

test('what no marker reaches stays without', () => {
  assert.deepEqual(flooded('1  # ', '   # '), ['111#0', '111#0'])
})
