import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Connectivity, connectedComponents, largestComponent } from './components.ts'

/** Two 2×2×2 cubes in a box of 5³; the second starts at the given voxel, the first at (0, 0, 0). */
function twoCubes(start: readonly [number, number, number]): Uint8Array {
  const data = new Uint8Array(125)
  for (const [x, y, z] of [[0, 0, 0] as const, start]) {
    for (let n = 0; n < 8; n++) data[x + (n & 1) + 5 * (y + ((n >> 1) & 1) + 5 * (z + (n >> 2)))] = 1
  }
  return data
}

function sizes(data: Uint8Array, connectivity: Connectivity): readonly number[] {
  return [...connectedComponents(data, [5, 5, 5], [1], connectivity).voxels]
}

test('two cubes that touch at a corner are one component at 26 and two at 18 and 6', () => {
  assert.deepEqual(sizes(twoCubes([2, 2, 2]), 26), [0, 16])
  assert.deepEqual(sizes(twoCubes([2, 2, 2]), 18), [0, 8, 8])
  assert.deepEqual(sizes(twoCubes([2, 2, 2]), 6), [0, 8, 8])
})

test('two cubes that touch along an edge are one component at 26 and 18 and two at 6', () => {
  for (const start of [
    [2, 2, 0],
    [2, 0, 2],
    [0, 2, 2],
  ] as const) {
    assert.deepEqual(sizes(twoCubes(start), 26), [0, 16])
    assert.deepEqual(sizes(twoCubes(start), 18), [0, 16])
    assert.deepEqual(sizes(twoCubes(start), 6), [0, 8, 8])
  }
})

test('two cubes that share a part of a face are one component, and a gap of one voxel parts them', () => {
  assert.deepEqual(sizes(twoCubes([2, 1, 1]), 6), [0, 16])
  assert.deepEqual(sizes(twoCubes([3, 0, 0]), 26), [0, 8, 8])
})

test('two single voxels are joined exactly where their offset says so, in all 26 directions', () => {
  for (let n = 0; n < 27; n++) {
    if (n === 13) continue
    const offset = [(n % 3) - 1, (Math.floor(n / 3) % 3) - 1, Math.floor(n / 9) - 1] as const
    const steps = offset.filter((step) => step !== 0).length
    const data = new Uint8Array(125)
    data[62] = 1
    data[62 + offset[0] + 5 * offset[1] + 25 * offset[2]] = 1
    assert.equal(sizes(data, 26).length - 1, 1)
    assert.equal(sizes(data, 18).length - 1, steps <= 2 ? 1 : 2)
    assert.equal(sizes(data, 6).length - 1, steps === 1 ? 1 : 2)
  }
})

test('the end of a row does not touch the start of the next', () => {
  const data = new Uint8Array(125)
  data[4] = 1
  data[5] = 1
  assert.deepEqual(sizes(data, 26), [0, 1, 1])
})

test('a U in one plane is one component although its arms meet only at the last row', () => {
  // 1 0 1 / 1 0 1 / 1 1 1
  const data = Uint8Array.of(1, 0, 1, 1, 0, 1, 1, 1, 1)
  const { ids, voxels } = connectedComponents(data, [3, 3, 1], [1], 6)
  assert.deepEqual(ids, Int32Array.from(data))
  assert.deepEqual(voxels, Int32Array.of(0, 7))
})

test('labels that are asked for together are one component where they touch, others are background', () => {
  const data = Uint8Array.of(4, 5, 2, 5, 0, 4)
  const { ids, voxels } = connectedComponents(data, [6, 1, 1], [4, 5], 6)
  assert.deepEqual(ids, Int32Array.of(1, 1, 0, 2, 0, 3))
  assert.deepEqual(voxels, Int32Array.of(0, 2, 1, 1))
})

test('an empty map has no components', () => {
  assert.deepEqual(connectedComponents(new Uint8Array(8), [2, 2, 2], [1], 26).voxels, Int32Array.of(0))
})

test('the largest component is the one of most voxels, the first of equals, and 0 where there is none', () => {
  assert.equal(largestComponent({ voxels: Int32Array.of(0, 2, 5, 5, 1) }), 2)
  assert.equal(largestComponent({ voxels: Int32Array.of(0) }), 0)
})

test('on noise it agrees with a flood fill from each voxel', () => {
  const shape = [9, 8, 7] as const
  const data = Uint8Array.from({ length: 504 }, (_, at) => Number(((at * 1103515245 + 12345) >>> 16) % 6 === 0))
  for (const connectivity of [6, 18, 26] as const) {
    const { ids, voxels } = connectedComponents(data, shape, [1], connectivity)
    const reach = { 6: 1, 18: 2, 26: 3 }[connectivity]
    assert.deepEqual(ids, floodFill(data, shape, reach))
    assert.ok(voxels.length > 3)
    voxels.forEach((size, id) => {
      assert.equal(size, id === 0 ? 0 : ids.filter((other) => other === id).length)
    })
  }
})

/** The plain way: neighbours differ by at most one along each axis and along at most `reach` axes. */
function floodFill(data: Uint8Array, [nx, ny, nz]: readonly [number, number, number], reach: number): Int32Array {
  const ids = new Int32Array(data.length)
  let id = 0
  for (let seed = 0; seed < data.length; seed++) {
    if (data[seed] === 0 || ids[seed] !== 0) continue
    id++
    const open = [seed]
    while (open.length > 0) {
      const at = open.pop()!
      if (data[at] === 0 || ids[at] !== 0) continue
      ids[at] = id
      const [x, y, z] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / nx / ny)] as const
      for (let n = 0; n < 27; n++) {
        const [a, b, c] = [(n % 3) - 1, (Math.floor(n / 3) % 3) - 1, Math.floor(n / 9) - 1] as const
        const inside = x + a >= 0 && x + a < nx && y + b >= 0 && y + b < ny && z + c >= 0 && z + c < nz
        if (inside && Math.abs(a) + Math.abs(b) + Math.abs(c) <= reach) open.push(at + a + nx * (b + ny * c))
      }
    }
  }
  return ids
}
