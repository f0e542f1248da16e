import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabelVolume } from '../volume/volume.ts'
import { type Fate, type LesionChange, lesionFates } from './lesion-fate.ts'

/** 1 mL a voxel, so that the volumes are counts. */
const ROW = { shape: [24, 1, 1], affine: [10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 1] } as const
const row = (text: string): LabelVolume => ({
  ...ROW,
  data: Uint8Array.from(text.padEnd(24), (c) => Number(c === '#')),
})
const fates = (before: string, after: string, noise = 0) => lesionFates(row(before), row(after), 1, () => noise)
const named = (changes: readonly LesionChange[]) =>
  changes.map(({ fate, beforeMl, afterMl }) => [fate, beforeMl, afterMl])

test('each fate by a row of voxels', () => {
  assert.deepEqual(named(fates('', ' ###')), [['new', 0, 3]])
  assert.deepEqual(named(fates(' ###', '')), [['gone', 3, 0]])
  assert.deepEqual(named(fates(' ###', ' #####')), [['grown', 3, 5]])
  assert.deepEqual(named(fates(' ###', '  #')), [['shrunk', 3, 1]])
  assert.deepEqual(named(fates(' ## ##', ' #####')), [['merged', 4, 5]])
  assert.deepEqual(named(fates(' #####', ' ## ##')), [['split', 5, 4]])
  assert.deepEqual(named(fates(' ###', ' ###')), [['unchanged', 3, 3]])
})

test('lesions that share no voxel have fates of their own, the largest first', () => {
  assert.deepEqual(named(fates('#    ####   ##', '#    ####       ######')), [
    ['new', 0, 6],
    ['unchanged', 4, 4],
    ['gone', 2, 0],
    ['unchanged', 1, 1],
  ])
})

test('a change inside the noise is none, whether a lesion came, went, grew or merged', () => {
  assert.deepEqual(named(fates('', ' #', 1)), [['unchanged', 0, 1]])
  assert.deepEqual(named(fates(' #', '', 1)), [['unchanged', 1, 0]])
  assert.deepEqual(named(fates(' ###', ' ####', 1)), [['unchanged', 3, 4]])
  assert.deepEqual(named(fates(' ## ##', ' #####', 1)), [['unchanged', 4, 5]])
  assert.deepEqual(named(fates(' ###', ' #####', 1)), [['grown', 3, 5]])
})

test('the noise is asked for the mean of both dates', () => {
  const asked: number[] = []
  lesionFates(row(' ###'), row(' #####'), 1, (meanMl) => asked.push(meanMl))
  assert.deepEqual(asked, [4])
})

test('the noise is asked for by how surely both dates show a lesion', () => {
  const seenBy = (before: string, after: string, sureBefore = before, sureAfter = after) => {
    const asked: string[] = []
    const noiseOf = (_meanMl: number, seen: string) => asked.push(seen)
    lesionFates(row(before), row(after), 1, noiseOf, { before: row(sureBefore), after: row(sureAfter) })
    return asked
  }
  assert.deepEqual(seenBy(' ###', ' #####'), ['at-both'])
  assert.deepEqual(seenBy('', ' ###'), ['at-one'])
  assert.deepEqual(seenBy(' ###', ' #####', ''), ['doubtful-at-one'])
  assert.deepEqual(seenBy(' ###', ' #####', ' ###', ''), ['doubtful-at-one'])
  // of two pieces that are one at the other date, one is enough
  assert.deepEqual(seenBy(' ## ##', ' #####', ' ##'), ['at-both'])
})

test('a small lesion that lies one voxel beside itself is one, but not where each has another to belong to', () => {
  assert.deepEqual(named(fates(' ##', '   ##')), [['unchanged', 2, 2]])
  assert.deepEqual(named(fates(' ##', '    ##')), [
    ['gone', 2, 0],
    ['new', 0, 2],
  ])
  assert.deepEqual(named(fates('### ###', '### ###')), [
    ['unchanged', 3, 3],
    ['unchanged', 3, 3],
  ])
})

test('where a lesion lies is the mean of its voxels of both dates', () => {
  // 10 mm apart: voxels 2, 3 and 3, 4
  assert.deepEqual(fates('  ##', '   ##')[0]!.centroidMm, [30, 0, 0])
})

test('a map against itself is unchanged everywhere', () => {
  const data = Uint8Array.from({ length: 3000 }, (_, at) => Number(((at * 1103515245 + 12345) >>> 16) % 9 === 0))
  const map: LabelVolume = { shape: [20, 15, 10], affine: ROW.affine, data }
  const found = lesionFates(map, map, 1, () => 0)
  assert.ok(found.length > 5)
  assert.ok(found.every(({ fate, beforeMl, afterMl }) => fate === 'unchanged' && beforeMl === afterMl))
})

test('the other way round every fate is its mirror image', () => {
  const mirror: Record<Fate, Fate> = {
    ...{ new: 'gone', gone: 'new', grown: 'shrunk', shrunk: 'grown', merged: 'split', split: 'merged' },
    unchanged: 'unchanged',
  }
  const noise = (step: number) =>
    Uint8Array.from({ length: 6000 }, (_, at) => Number(Math.imul(at + 7, step) >>> 8) % 11).map((n) => Number(n === 0))
  const map = (step: number): LabelVolume => ({ shape: [20, 20, 15], affine: ROW.affine, data: noise(step) })
  const [a, b] = [map(2654435761), map(1597334677)]
  const noiseOf = (meanMl: number) => 1 + 0.2 * meanMl
  const key = ({ fate, lesionsBefore, lesionsAfter, beforeMl, afterMl, centroidMm }: LesionChange) =>
    JSON.stringify([fate, lesionsBefore, lesionsAfter, beforeMl, afterMl, centroidMm])
  const there = lesionFates(a, b, 1, noiseOf).map((change) =>
    key({
      ...change,
      fate: mirror[change.fate],
      ...{ lesionsBefore: change.lesionsAfter, lesionsAfter: change.lesionsBefore },
      ...{ beforeMl: change.afterMl, afterMl: change.beforeMl },
    }),
  )
  const back = lesionFates(b, a, 1, noiseOf).map(key)
  assert.ok(new Set(lesionFates(a, b, 1, noiseOf).map(({ fate }) => fate)).size > 3)
  assert.deepEqual(there.sort(), back.sort())
})
