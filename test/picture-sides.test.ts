/**
 * On which side a result is drawn, in the pixels of the picture that a PDF of the service holds. The head has its lesion in its
 * right, front and upper part (sided-head.ts): it must lie towards the letters that say so, as far as it does in the head, and the
 * letters must stand where a radiologist has them.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PNG } from 'pngjs'
import { createCanvas, drawText } from '../src/picture/canvas.ts'
import { ALL_48 } from './fixtures/orientations.ts'
import { pixel } from './fixtures/pictures.ts'
import { firstPageOf, picturesOf, popplerMissing } from './fixtures/poppler.ts'
import { openSite } from './fixtures/serving.ts'
import { EDGE, LESION, sidedHead } from './fixtures/sided-head.ts'
import { tinyCard } from './fixtures/tiny-model.ts'

/** The letters at the left, the right, the top and the bottom of each plane on a radiologist's screen. */
const PLANES = ['RLAP', 'RLSI', 'APSI']
/** The whole head is shown, 32 mm along each axis and so as wide as high; 14 pixels lie between planes, 24 above them, 38 below. */
const TILE = 280
const [GAP, ABOVE, BELOW] = [14, 24, 38]
const VOXEL = TILE / EDGE

const WHITE = '255,255,255'
const YELLOW = '255,220,0'
const BLACK = '0,0,0'
/** A lesion is outlined in the colour of the card. */
const RED = tinyCard('tiny', Buffer.alloc(0)).labels[2]!.color.join()

/** The colour at a pixel, as text. */
type Look = (x: number, y: number) => string

/** From the middle of the head to that of the lesion, in voxels towards a letter. */
function towards(letter: string): number {
  const along = (axis: 'x' | 'y' | 'z') => (LESION[axis][0] + LESION[axis][1]) / 2 - EDGE / 2
  const [x, y, z] = [along('x'), along('y'), along('z')]
  return { R: x, L: -x, A: y, P: -y, S: z, I: -z }[letter]!
}

/** The letter whose top left is there, 10 × 14 pixels. A tick at the edge may be drawn over a part of it. */
function letterAt(look: Look, left: number, top: number): string {
  const isDrawn = (letter: string): boolean => {
    const glyph = createCanvas(10, 14)
    drawText(glyph, 0, 0, letter, 2, [255, 255, 255])
    return Array.from({ length: 140 }, (_, at) => at).every((at) => {
      const seen = look(left + (at % 10), top + Math.floor(at / 10))
      return seen === YELLOW || (seen === WHITE) === (glyph.data[3 * at] === 255)
    })
  }
  return [...'RLAPSI'].filter(isDrawn).join()
}

/** The middle of what has such colours in a plane, in pixels from its top left. */
function middleOf(look: Look, isMeant: (colour: string) => boolean): readonly [x: number, y: number] {
  const [xs, ys]: [number[], number[]] = [[], []]
  for (let y = 0; y < TILE; y++) {
    for (let x = 0; x < TILE; x++) {
      if (!isMeant(look(x, y))) continue
      xs.push(x)
      ys.push(y)
    }
  }
  assert.ok(xs.length > 0, 'it is drawn')
  const middle = (all: readonly number[]) => {
    const [least, most] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))]
    return (least + most + 1) / 2
  }
  return [middle(xs), middle(ys)]
}

/** What is printed at a pixel of the picture. Nothing above it on the page is a black line as long as a quarter of the page. */
function printed(page: PNG, picture: PNG): Look {
  const isBlack = (x: number, y: number) => pixel(page, x, y).every((value) => value < 16)
  const runFrom = (x: number, y: number): number => {
    let end = x
    while (end < page.width && isBlack(end, y)) end++
    return end - x
  }
  for (let top = 0; top < page.height; top++) {
    for (let left = 0; left < page.width; left++) {
      const width = runFrom(left, top)
      const scale = width / picture.width
      if (width > page.width / 4)
        return (x, y) => pixel(page, Math.floor(left + scale * x), Math.floor(top + scale * y)).join()
      left += width
    }
  }
  assert.fail('no picture is printed')
}

/** The top left of a plane in the picture. */
const cornerOf = (row: number, column: number) => [column * (TILE + GAP), ABOVE + row * (ABOVE + TILE + BELOW)] as const

test('in the picture of a PDF the lesion lies towards the letters of its side, however the scan is stored', {
  skip: popplerMissing,
}, async (t) => {
  const site = await openSite(t)
  site.gate.open()
  const { base } = await site.serve()
  for (const map of [ALL_48[0]!, ALL_48[1]!, ALL_48[29]!]) {
    const body = new FormData()
    body.append('t1', new Blob([new Uint8Array(sidedHead(map))]), 't1.nii.gz')
    const headers = { Accept: 'application/pdf' }
    const answer = await fetch(`${base}/v1/segmentations`, { method: 'POST', body, headers })
    assert.equal(answer.status, 200)
    const pdf = new Uint8Array(await answer.arrayBuffer())
    const [png, ...others] = picturesOf(pdf)
    assert.equal(others.length, 0)
    assert.equal(png!.width, 3 * TILE + 2 * GAP)
    const onPaper = printed(firstPageOf(pdf), png!)
    // One row through the lesion, one through the place that is least sure, which is at its border.
    for (const row of [0, 1]) {
      for (const [column, letters] of PLANES.entries()) {
        const told = `${JSON.stringify(map)} row ${row} ${letters}`
        const [left, top] = cornerOf(row, column)
        const look: Look = (x, y) => pixel(png!, left + x, top + y).join()
        const seen = [
          letterAt(look, 3, TILE / 2 - 7),
          letterAt(look, TILE - 13, TILE / 2 - 7),
          letterAt(look, TILE / 2 - 5, 3),
          letterAt(look, TILE / 2 - 5, TILE - 17),
        ]
        assert.deepEqual(seen, [...letters], told)
        const head = middleOf(look, (colour) => ![WHITE, YELLOW, BLACK].includes(colour))
        const lesion = middleOf(look, (colour) => colour === RED)
        const [red, green] = onPaper(left + lesion[0], top + lesion[1])
          .split(',')
          .map(Number) as [number, number]
        assert.ok(red - green > 20, `${told}: on the page it is neither mirrored nor turned`)
        const [right, down] = [(lesion[0] - head[0]) / VOXEL, (lesion[1] - head[1]) / VOXEL]
        for (const [at, voxels] of [-right, right, -down, down].entries()) {
          const expected = towards(seen[at]!)
          assert.ok(Math.abs(voxels - expected) < 0.25, `${told} ${seen[at]}: ${voxels} for ${expected}`)
        }
      }
    }
  }
})
