import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Box } from '../volume/crop.ts'
import type { Affine, Grid } from '../volume/volume.ts'
import { brainBox } from './brain-box.ts'
import { ownMask } from './brain-mask.ts'
import { FINDER } from './finder-network.ts'
import type { FoundTissue } from './tissue-finder.ts'

const STILL: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
/** 4 mm, its first voxel at the origin of the world. */
const WINDOW: Affine = [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]
const GRID: Grid = { shape: [220, 250, 250], affine: STILL }

type Block = readonly [start: readonly [number, number, number], size: readonly [number, number, number]]

/** Blocks of brain in voxels of the window; nothing elsewhere. */
function found(...blocks: readonly Block[]): FoundTissue {
  const shape = FINDER.inference.patchVoxels
  const brain = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, at) => {
    const place = [at % shape[0], Math.floor(at / shape[0]) % shape[1], Math.floor(at / (shape[0] * shape[1]))]
    const isIn = ([start, size]: Block) => place.every((p, a) => p >= start[a]! && p < start[a]! + size[a]!)
    return blocks.some(isIn) ? 1 : 0
  })
  return { shape, affine: WINDOW, brain, csf: brain, grey: brain, white: brain, values: brain }
}

/** 24 × 24 × 24 voxels of 4 mm: 885 mL, centres at 60 … 152 mm along each axis. */
const BRAIN: Block = [
  [15, 15, 15],
  [24, 24, 24],
]

function box(tissues: readonly FoundTissue[], grid = GRID, motion = STILL): Box {
  return brainBox(
    tissues.map((tissue) => ({ mask: ownMask(tissue), motion })),
    grid,
    12,
  )
}

test('the brain, half a voxel of the window and 12 mm around it', () => {
  // 60 − 2 − 12 and, up to and not including, 152 + 2 + 12 + 1
  assert.deepEqual(box([found(BRAIN)]), { start: [46, 46, 46], end: [167, 167, 167] })
})

test('on another grid, and where the head moved', () => {
  const coarse: Grid = { shape: [110, 125, 125], affine: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, -20, 0, 0, 0, 1] }
  assert.deepEqual(box([found(BRAIN)], coarse), { start: [23, 23, 33], end: [84, 84, 94] })
  const up10: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 10, 0, 0, 0, 1]
  assert.deepEqual(box([found(BRAIN)], GRID, up10), { start: [46, 46, 56], end: [167, 167, 177] })
})

test('of two scans the box that holds both brains; it ends where the grid ends', () => {
  const further = found([
    [15, 15, 33],
    [24, 24, 24],
  ])
  assert.deepEqual(box([found(BRAIN), further]), { start: [46, 46, 46], end: [167, 167, 239] })
  const low: Grid = { ...GRID, shape: [100, 250, 250] }
  assert.deepEqual(box([found(BRAIN)], low).end, [100, 167, 167])
})

test('a scrap apart from the brain counts for nothing', () => {
  const neck: Block = [
    [24, 24, 3],
    [6, 6, 6],
  ]
  assert.deepEqual(box([found(BRAIN, neck)]), box([found(BRAIN)]))
})

test('where the brain is not on the grid the box is all of it', () => {
  const low: Grid = { ...GRID, shape: [40, 250, 250] }
  assert.deepEqual(box([found(BRAIN)], low), { start: [0, 0, 0], end: [40, 250, 250] })
  assert.deepEqual(box([found()]), { start: [0, 0, 0], end: [220, 250, 250] })
})
