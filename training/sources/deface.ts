/**
 * Heads whose face was taken off before they were shared, as public data sets ask for: what lies in front of a plane (as QuickShear
 * puts it) or around the brain in the lower front (as mri_deface and pydeface do it) is 0, now and then the neck or the ears too.
 */
import { spread } from '../../src/postprocess/spread.ts'
import { modelGrid } from '../../src/preprocess/model-grid.ts'
import { applyAffine } from '../../src/volume/affine.ts'
import { restoreLabels } from '../../src/volume/restore-labels.ts'
import type { Grid, LabelVolume, Volume } from '../../src/volume/volume.ts'
import type { Random } from '../compile/random.ts'
import { BACKGROUND, setOf } from '../method/label-sets.ts'
import type { StatedSubject } from './stated-subject.ts'

const CELL_MM = 4

type Vector = readonly [number, number, number]

/** All that lies further than `offsetMm` along `normal` (RAS+ mm) is taken off, but for what is kept. */
interface Cut {
  readonly normal: Vector
  readonly offsetMm: number
  /** 1 in the cells that are kept whatever the plane says. */
  readonly kept: LabelVolume | null
}

/**
 * The subject with its face taken off: scans 0 and sets background there. Now and then a plane takes up to 3 mm of the brain.
 * @param subject of a source that states where the brain is, by sets without background; one without is given back as it is
 */
export function defaced(subject: StatedSubject, random: Random): StatedSubject {
  const isBrain = subject.sets.data.map((set) => ((set & setOf(BACKGROUND)) === 0 ? 1 : 0))
  const grid = modelGrid(subject.sets, [CELL_MM, CELL_MM, CELL_MM])
  const brain = { ...grid, data: restoreLabels({ ...subject.sets, data: isBrain }, grid) }
  if (!brain.data.includes(1)) return subject
  const cuts = drawCuts(brain, random)
  const scans = new Map([...subject.scans].map(([channel, scan]) => [channel, withoutFace(scan, cuts)] as const))
  const sets = { ...subject.sets, data: subject.sets.data.slice() }
  for (const cut of cuts) takeOff(sets, sets.data, setOf(BACKGROUND), cut)
  return { ...subject, scans, sets }
}

function withoutFace(scan: Volume<'scan'>, cuts: readonly Cut[]): Volume<'scan'> {
  const data = scan.data.slice()
  for (const cut of cuts) takeOff(scan, data, 0, cut)
  return { ...scan, data }
}

function drawCuts(brain: LabelVolume, random: Random): readonly Cut[] {
  const cuts = [faceCut(brain, random)]
  if (random.chance(0.25)) cuts.push(planeCut(brain, [0, 0, -1], random.uniform(0, 20)))
  if (random.chance(0.15)) {
    const downwards = random.uniform(0.2, 0.8)
    for (const side of [-1, 1]) cuts.push(planeCut(brain, [side, 0, -downwards], random.uniform(2, 12)))
  }
  return cuts
}

function faceCut(brain: LabelVolume, random: Random): Cut {
  const angle = (random.uniform(10, 80) * Math.PI) / 180
  const forwards: Vector = [0.08 * random.normal(), Math.cos(angle), -Math.sin(angle)]
  if (random.chance(0.5)) return planeCut(brain, forwards, random.uniform(-3, 18))
  const kept = brain.data.slice()
  spread(kept, brain.shape, 1 + random.int(4), new Uint8Array(kept.length).fill(1))
  return { ...planeCut(brain, forwards, -random.uniform(0, 70)), kept: { ...brain, data: kept } }
}

/** A plane across a direction, so far in front of all that is brain. */
function planeCut(brain: LabelVolume, direction: Vector, gapMm: number): Cut {
  const length = Math.hypot(...direction)
  const normal = direction.map((value) => value / length) as [number, number, number]
  let most = -Infinity
  eachVoxel(brain, normal, (at, alongMm) => {
    if (brain.data[at] === 1 && alongMm > most) most = alongMm
  })
  return { normal, offsetMm: most + CELL_MM / 2 + gapMm, kept: null }
}

function takeOff(grid: Grid, data: Float32Array | Uint8Array, value: number, { normal, offsetMm, kept }: Cut): void {
  const isKept = kept === null ? null : restoreLabels(kept, grid)
  eachVoxel(grid, normal, (at, alongMm) => {
    if (alongMm > offsetMm && isKept?.[at] !== 1) data[at] = value
  })
}

/** Every voxel, and how far it lies along a direction. */
function eachVoxel({ shape, affine }: Grid, [x, y, z]: Vector, visit: (at: number, alongMm: number) => void): void {
  const [nx, ny, nz] = shape
  const along = (i: number, j: number, k: number): number => {
    const [wx, wy, wz] = applyAffine(affine, i, j, k)
    return x * wx + y * wy + z * wz
  }
  const step = along(1, 0, 0) - along(0, 0, 0)
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const first = along(0, j, k)
      for (let i = 0; i < nx; i++, at++) visit(at, first + i * step)
    }
  }
}
