import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nibabel, scipyMissing } from '../../test/fixtures/nibabel.ts'
import { squaredDistanceMm2 } from './distance.ts'

test('distances along a line of 2 mm steps are squares of multiples of 2', () => {
  const mask = Uint8Array.of(0, 0, 1, 0, 0, 0)
  assert.deepEqual(squaredDistanceMm2(mask, [6, 1, 1], [2, 1, 1]), Float64Array.of(16, 4, 0, 4, 16, 36))
})

test('distance is infinite where the mask is empty', () => {
  const field = squaredDistanceMm2(new Uint8Array(8), [2, 2, 2], [1, 1, 1])
  assert.ok(field.every((value) => value === Number.POSITIVE_INFINITY))
})

test('every distance is that to the nearest of all mask voxels, tried one by one', () => {
  const [nx, ny, nz] = [9, 7, 6]
  const spacing = [1, 0.5, 3] as const
  const mask = Uint8Array.from({ length: nx * ny * nz }, (_, at) =>
    Number(((at * 1103515245 + 12345) >>> 16) % 40 === 0),
  )
  const place = (at: number): number[] => [
    (at % nx) * spacing[0],
    (Math.floor(at / nx) % ny) * spacing[1],
    Math.floor(at / nx / ny) * spacing[2],
  ]
  const seeds = Array.from(mask.keys()).filter((at) => mask[at] === 1)
  assert.ok(seeds.length > 3)
  squaredDistanceMm2(mask, [nx, ny, nz], spacing).forEach((found, at) => {
    const here = place(at)
    const nearest = Math.min(...seeds.map((seed) => place(seed).reduce((sum, mm, a) => sum + (mm - here[a]!) ** 2, 0)))
    assert.ok(Math.abs(found - nearest) < 1e-9)
  })
})

const PEER = `
from scipy import ndimage
z, y, x = np.meshgrid(np.arange(21), np.arange(30), np.arange(25), indexing='ij')
mask = ((x * 1103 + y * 1949 + z * 3571) % 211 == 0)
far = ndimage.distance_transform_edt(~mask, sampling=(5.0, 0.9, 1.25))
print(json.dumps([mask.astype(int).ravel().tolist(), (far ** 2).ravel().tolist()]))
`

test("distances on voxels of 1.25 × 0.9 × 5 mm are those of scipy's distance_transform_edt", {
  skip: scipyMissing,
}, () => {
  const [mask, expected] = nibabel(PEER, []) as [number[], number[]]
  const found = squaredDistanceMm2(Uint8Array.from(mask), [25, 30, 21], [1.25, 0.9, 5])
  assert.ok(mask.includes(1))
  const farthest = Math.max(...Array.from(found, (mm2, at) => Math.abs(mm2 - expected[at]!)))
  assert.ok(farthest < 1e-9, `${farthest}`)
})
