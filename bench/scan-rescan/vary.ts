/** One head as another scan of the same hour might show it: the same brain, other voxels. */
import { laidOn } from '../../src/preprocess/midway.ts'
import { applyAffine } from '../../src/volume/affine.ts'
import { reorientGrid, walkOf } from '../../src/volume/orientation.ts'
import type { Volume } from '../../src/volume/volume.ts'
import { type Random, seededRandom } from '../../training/compile/random.ts'

type Scan = Volume<'scan'>

/** What is done, and how strongly: the noise is a share of the brightest hundredth of the voxels. */
export const KINDS = {
  turned: (scan: Scan, random: Random) => turned(scan, random),
  'half a voxel': (scan: Scan, random: Random) => {
    const half = () => (random.chance(0.5) ? 0.5 : -0.5)
    return shifted(scan, [half(), half(), half()])
  },
  scaled: (scan: Scan, random: Random) => scaled(scan, random.uniform(0.2, 5)),
  noise: (scan: Scan, random: Random) => noisy(scan, 0.02, random),
  all: (scan: Scan, random: Random) => {
    const half = () => random.uniform(-0.5, 0.5)
    const moved = shifted(scan, [half(), half(), half()])
    return turned(scaled(noisy(moved, 0.02, random), random.uniform(0.2, 5)), random)
  },
} satisfies Readonly<Record<string, (scan: Scan, random: Random) => Scan>>

export type Kind = keyof typeof KINDS

/** Every channel in its own way, the same for the same seed. */
export function vary(scans: ReadonlyMap<string, Scan>, kind: Kind, seed: number): Map<string, Scan> {
  return new Map([...scans].map(([name, scan], at) => [name, KINDS[kind](scan, seededRandom(seed, at))]))
}

/** Axes stored in another order and direction; every voxel keeps its place in the world. */
function turned(scan: Scan, random: Random): Scan {
  const axes = [0, 1, 2].map((axis) => ({ axis, by: random.uniform(0, 1) }))
  const order = axes.sort((a, b) => a.by - b.by).map(({ axis }) => axis) as [number, number, number]
  const map = { axes: order, flips: [random.chance(0.5), random.chance(0.5), random.chance(0.5)] as const }
  const grid = reorientGrid(scan, map)
  const { offset, strides } = walkOf(scan.shape, map)
  const data = new Float32Array(scan.data.length)
  for (let k = 0, at = 0; k < grid.shape[2]; k++)
    for (let j = 0; j < grid.shape[1]; j++)
      for (let i = 0; i < grid.shape[0]; i++, at++)
        data[at] = scan.data[offset + i * strides[0] + j * strides[1] + k * strides[2]]!
  return { ...grid, frame: 'scan', data }
}

/**
 * Interpolated where voxels lie that are shifted by so many voxels; the head stays where it is in the world. A stripped brain
 * keeps a sharp edge, as every tool that strips one leaves it.
 */
function shifted(scan: Scan, [i, j, k]: readonly [number, number, number]): Scan {
  const [x, y, z] = applyAffine(scan.affine, i, j, k)
  const affine = scan.affine.with(3, x).with(7, y).with(11, z)
  return laidOn(scan, { shape: scan.shape, affine })
}

function scaled(scan: Scan, by: number): Scan {
  return { ...scan, data: scan.data.map((value) => by * value) }
}

/** Gaussian, where there is signal: a stripped brain keeps its zeros. */
function noisy(scan: Scan, share: number, random: Random): Scan {
  const bright = scan.data.toSorted()[Math.floor(0.99 * scan.data.length)]!
  return {
    ...scan,
    data: scan.data.map((value) => (value === 0 ? 0 : Math.max(0, value + share * bright * random.normal()))),
  }
}
