/** A head of blobs as two channels of different contrast, one of them moved. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Affine, Shape, Volume } from '../volume/volume.ts'
import { misalignmentWarnings } from './misalignment.ts'

const SHAPE: Shape = [60, 60, 60]
const AFFINE: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]

/** What tissue there is: a wave whose half is 10 mm long along each axis. */
const tissue = (i: number, j: number, k: number) =>
  Math.round(Math.sin(i / 3.2) + Math.sin(j / 3.2 + 1) + Math.sin(k / 3.2 + 2))

function channel(level: (tissue: number) => number, shift: Shape = [0, 0, 0]): Volume<'model'> {
  const data = new Float32Array(60 ** 3)
  for (let k = 0, at = 0; k < 60; k++)
    for (let j = 0; j < 60; j++)
      for (let i = 0; i < 60; i++, at++) data[at] = level(tissue(i - shift[0], j - shift[1], k - shift[2]))
  return { frame: 'model', shape: SHAPE, affine: AFFINE, data }
}

const found = { shape: SHAPE, affine: AFFINE, data: new Uint8Array(60 ** 3).fill(1) }
const t1 = channel((t) => t / 2)
/** Another order of brightness. */
const flair = (t: number) => [0.5, -1, 1, 0, -0.5, 1.5, -1.5][t + 3]!
const warnings = (second: Volume<'model'> | null) =>
  misalignmentWarnings({ grid: found, channels: [t1, second] }, found, ['t1', 'flair'])

test('scans that lie on each other pass, whatever their contrasts; so do scans a millimetre apart, and one alone', () => {
  assert.deepEqual(warnings(channel(flair)), [])
  assert.deepEqual(warnings(channel(flair, [1, 0, 0])), [])
  assert.deepEqual(warnings(null), [])
})

test('a scan that was moved is named with the way it would have to go back', () => {
  const back = { x: '-4, 0, 0', y: '0, 4, 0', z: '0, 0, -4' }
  assert.match(warnings(channel(flair, [4, 0, 0]))[0]!.message, new RegExp(`moved by ${back.x} mm`))
  assert.match(warnings(channel(flair, [0, -4, 0]))[0]!.message, new RegExp(`moved by ${back.y} mm`))
  const [warning, ...more] = warnings(channel(flair, [0, 0, 5]))
  assert.equal(warning!.code, 'scans-misaligned')
  assert.match(warning!.message, new RegExp(`t1 and flair fit better with one moved by ${back.z} mm`))
  assert.deepEqual(more, [])
})
