import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Affine, Grid } from '../volume/volume.ts'
import { brainMask } from './brain-mask.ts'
import { knowBrain } from './know-brain.ts'
import type { FoundTissue } from './tissue-finder.ts'

const STILL: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
const EDGE = 40
const AFFINE: Affine = [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]

/** Shares at 4 mm, by the place of each voxel in mm. */
function found(shareAt: (x: number, y: number, z: number) => number): FoundTissue {
  const brain = Float32Array.from({ length: EDGE ** 3 }, (_, at) =>
    shareAt(4 * (at % EDGE), 4 * (Math.floor(at / EDGE) % EDGE), 4 * Math.floor(at / EDGE ** 2)),
  )
  return { shape: [EDGE, EDGE, EDGE], affine: AFFINE, brain, csf: brain, grey: brain, white: brain, values: brain }
}

const fromMiddle = (x: number, y: number, z: number) => Math.hypot(x - 78, y - 78, z - 78)
/** Radius 60 mm: 905 mL. */
const ball = found((x, y, z) => (fromMiddle(x, y, z) <= 60 ? 1 : 0))
const FINE: Grid = { shape: [160, 160, 160], affine: STILL }
const litres = (data: Uint8Array, wanted: number) => data.filter((value) => value === wanted).length / 1e6

test('a ball found at 4 mm is a ball at 1 mm, to within a voxel of 4 mm', () => {
  const { data } = brainMask([{ tissue: ball, motion: STILL }], FINE)
  for (let z = 0, at = 0; z < 160; z++)
    for (let y = 0; y < 160; y++)
      for (let x = 0; x < 160; x++, at++) {
        const mm = fromMiddle(x, y, z)
        if (mm < 56) assert.equal(data[at], 1)
        if (mm > 64) assert.equal(data[at], 0)
      }
  assert.ok(Math.abs(litres(data, 1) - 0.905) < 0.04, `${litres(data, 1)}`)
})

test('a hole in it is brain, a scrap beside it is none, and a head that moved takes its brain along', () => {
  const odd = found((x, y, z) => {
    if (Math.max(x, y, z) < 16) return 1
    const mm = fromMiddle(x, y, z)
    return mm <= 60 && mm > 12 ? 1 : 0
  })
  const up: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 10, 0, 0, 0, 1]
  const { data } = brainMask([{ tissue: odd, motion: up }], FINE)
  const at = (x: number, y: number, z: number) => data[x + 160 * (y + 160 * z)]
  assert.deepEqual([at(78, 78, 88), at(78, 78, 146), at(78, 78, 24), at(4, 4, 14)], [1, 1, 0, 0])
})

test('of two scans each has half a say', () => {
  const sure = found(() => 0.9)
  const not = found(() => 0.2)
  const both = (a: FoundTissue, b: FoundTissue) =>
    brainMask(
      [
        { tissue: a, motion: STILL },
        { tissue: b, motion: STILL },
      ],
      ball,
    ).data
  assert.ok(both(sure, not).every((value) => value === 1)) // 0.55
  assert.ok(both(not, not).every((value) => value === 0))
})

const scanOf = (valueAt: (mm: number) => number) => ({
  frame: 'scan' as const,
  ...FINE,
  data: Float32Array.from({ length: 160 ** 3 }, (_, at) =>
    valueAt(fromMiddle(at % 160, Math.floor(at / 160) % 160, Math.floor(at / 160 ** 2))),
  ),
})
const WHOLE = scanOf((mm) => (mm < 78 ? 100 : 1))
const STRIPPED = scanOf((mm) => (mm < 62 ? 100 : 0))
const inScan = (channel: string, tissue: FoundTissue, scan = WHOLE) => ({ channel, tissue, scan, motion: STILL })

test('zones: the brain, so many mm around it, and the rest', () => {
  const zones = knowBrain([inScan('t1', ball)], 4).brain!.zonesOn(FINE)
  const { data } = brainMask([{ tissue: ball, motion: STILL }], FINE)
  assert.deepEqual(
    zones.map((zone) => (zone === 2 ? 1 : 0)),
    data,
  )
  const along = Array.from({ length: 160 }, (_, x) => zones[x + 160 * (78 + 160 * 78)]!)
  const first = along.indexOf(2)
  assert.deepEqual(along.slice(first - 5, first + 1), [0, 1, 1, 1, 1, 2])
})

test('nobody goes by what is too small or too large for a brain, and of stripped scans there is nothing to know', () => {
  const small = found((x, y, z) => (fromMiddle(x, y, z) <= 45 ? 1 : 0)) // 382 mL
  const large = found(() => 1) // 4.1 L
  const told = (...scans: Parameters<typeof knowBrain>[0]) => {
    const { brain, warnings } = knowBrain(scans, 4)
    assert.equal(brain, null)
    return warnings.map(({ code, message }) => `${code}: ${message}`)
  }
  const onlyOf = (channel: string, ml: RegExp, warnings: readonly string[]) => {
    assert.equal(warnings.length, 1)
    const range = 'mL and not 500 to 2300 mL, so the model was shown the whole head'
    assert.match(
      warnings[0]!,
      RegExp(`^brain-doubtful: channel ${channel}: what looks like the brain has ${ml.source} ${range}$`),
    )
  }
  onlyOf('t1', /3[78]\d/, told(inScan('t1', small)))
  onlyOf('t1', /4096/, told(inScan('t1', large)))
  onlyOf('flair', /3[78]\d/, told(inScan('t1', ball), inScan('flair', small)))
  assert.deepEqual(told(inScan('t1', ball, STRIPPED)), [])
  const mixed = knowBrain([inScan('t1', ball, STRIPPED), inScan('flair', ball)], 4).brain!
  assert.deepEqual([...mixed.stripped], ['t1'])
})

test('a whole head whose air is zero is not stripped', () => {
  const masked = scanOf((mm) => (mm < 78 ? 100 : 0))
  assert.deepEqual([...knowBrain([inScan('t1', ball, masked)], 4).brain!.stripped], [])
})
