/**
 * A world that needs no data: nested ellipsoids (scalp, skull, CSF, grey shell, white core, ventricle) with lesion
 * blobs in the white matter, as T1 and/or FLAIR, with complete truth. Small enough to train on in a test.
 */
import type { Shape } from '../../../src/volume/volume.ts'
import type { Random } from '../../compile/random.ts'
import { BACKGROUND, CSF, GREY, LESION, WHITE } from '../../method/label-sets.ts'
import type { Modality } from './contrast.ts'
import type { SyntheticHead } from './head.ts'

/** Normalised radius below which a voxel belongs to the shell, from the inside out; the last is scalp. */
const SHELLS = [
  { below: 0.22, class: CSF, t1: 25, flair: 20 },
  { below: 0.58, class: WHITE, t1: 100, flair: 90 },
  { below: 0.74, class: GREY, t1: 65, flair: 115 },
  { below: 0.82, class: CSF, t1: 25, flair: 20 },
  { below: 0.88, class: BACKGROUND, t1: 10, flair: 10 },
  { below: 1, class: BACKGROUND, t1: 90, flair: 80 },
] as const
const LESION_LEVEL = { t1: 70, flair: 185 }
const NOISE = 5

interface Ball {
  readonly centre: readonly [number, number, number]
  readonly radius: number
}

/** Balls in the middle of the white shell. */
function drawLesions(n: number, random: Random): Ball[] {
  return Array.from({ length: 2 + random.int(4) }, () => {
    const direction = [random.normal(), random.normal(), random.normal()]
    const length = Math.hypot(...direction)
    const distance = random.uniform(0.36, 0.44) * 0.46 * n
    const centre = direction.map((x) => n / 2 + (x / length) * distance) as [number, number, number]
    return { centre, radius: random.uniform(0.08, 0.13) * n }
  })
}

/** A head of about `sizeVoxels` across, 1 mm, RAS. */
export function phantomHead(sizeVoxels: number, channels: readonly Modality[], random: Random): SyntheticHead {
  const n = sizeVoxels
  const shape: Shape = [n, n, n]
  const radii = [0, 1, 2].map(() => 0.46 * n * random.uniform(0.88, 1)) as [number, number, number]
  const centre = [0, 1, 2].map(() => (n - 1) / 2 + random.uniform(-0.02, 0.02) * n) as [number, number, number]
  const lesions = drawLesions(n, random)
  const ripple = random.uniform(0, 2 * Math.PI)
  const truth = new Uint8Array(n * n * n)
  const images = channels.map(() => new Float32Array(n * n * n))
  const gains = channels.map(() => random.uniform(0.8, 1.25))
  for (let k = 0, v = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < n; i++, v++) {
        const [x, y, z] = [(i - centre[0]) / radii[0], (j - centre[1]) / radii[1], (k - centre[2]) / radii[2]]
        const wave = 0.02 * Math.sin(5 * x + ripple) * Math.cos(6 * y - ripple)
        const r = Math.hypot(x, y, z) + wave
        const shell = SHELLS.find(({ below }) => r < below)
        const lesion =
          shell?.class === WHITE &&
          lesions.some((b) => Math.hypot(i - b.centre[0], j - b.centre[1], k - b.centre[2]) < b.radius)
        truth[v] = lesion ? LESION : (shell?.class ?? BACKGROUND)
        channels.forEach((channel, c) => {
          const level = lesion ? LESION_LEVEL[channel] : (shell?.[channel] ?? 0)
          images[c]![v] = Math.abs(gains[c]! * level + NOISE * random.normal())
        })
      }
    }
  }
  const affine = [1, 0, 0, -n / 2, 0, 1, 0, -n / 2, 0, 0, 1, -n / 2, 0, 0, 0, 1]
  return {
    scans: new Map(
      channels.map((channel, c) => [channel, { frame: 'scan' as const, shape, affine, data: images[c]! }]),
    ),
    truth: { shape, affine, data: truth },
  }
}
