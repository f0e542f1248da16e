/**
 * Contrasts of sequences that a model is not made for, to see whether they are told from T1 and FLAIR: how bright each group is
 * in T2, proton density, a map of diffusion (ADC), computed tomography and a PET of glucose. Only for evaluation.
 */
import type { Volume } from '../../../src/volume/volume.ts'
import { type Random, seededRandom } from '../../compile/random.ts'
import { reslicedScan } from '../reslice.ts'
import { type Contrast, drawContrast, ENHANCED } from './contrast.ts'
import { CLASS_OF_GROUP, GROUPS, type Group } from './groups.ts'
import { groupedHead } from './head.ts'
import { labelMapFrom } from './label-map.ts'
import { type PaintSpec, paint } from './paint.ts'
import { brainMask } from './strip.ts'
import type { TumourSpec } from './tumour.ts'

export const SEQUENCES = ['t1', 't1gd', 'flair', 't2', 'pd', 'adc', 'ct', 'pet'] as const
export type Sequence = (typeof SEQUENCES)[number]

type Range = readonly [number, number]

interface Look {
  /** White matter is 100; the others relative to it. */
  readonly grey: Range
  readonly csf: Range
  readonly lesion: Range
  /** Relative to white matter. */
  readonly outside: Readonly<Record<string, number>>
}

const LOOKS: Readonly<Record<'t2' | 'pd' | 'adc' | 'pet', Look>> = {
  t2: {
    ...{ grey: [1.1, 1.5], csf: [1.8, 3.3], lesion: [1.4, 2.5] },
    outside: {
      air: 0.02,
      'large vessel': 0.1,
      eye: 2.5,
      'soft tissue': 0.4,
      scalp: 0.8,
      skull: 0.1,
      marrow: 0.6,
      orbit: 0.9,
    },
  },
  pd: {
    ...{ grey: [1.08, 1.28], csf: [0.8, 1.35], lesion: [1.15, 1.5] },
    outside: {
      air: 0.02,
      'large vessel': 0.3,
      eye: 1.2,
      'soft tissue': 0.8,
      scalp: 0.95,
      skull: 0.15,
      marrow: 0.6,
      orbit: 0.9,
    },
  },
  adc: {
    ...{ grey: [1, 1.2], csf: [2.8, 4], lesion: [1.2, 1.8] },
    outside: {
      air: 0.02,
      'large vessel': 0.5,
      eye: 3,
      'soft tissue': 1.4,
      scalp: 0.3,
      skull: 0.1,
      marrow: 0.2,
      orbit: 0.3,
    },
  },
  pet: {
    ...{ grey: [1.5, 2.8], csf: [0.3, 0.7], lesion: [0.6, 1] },
    outside: {
      air: 0.01,
      'large vessel': 0.4,
      eye: 0.4,
      'soft tissue': 0.5,
      scalp: 0.25,
      skull: 0.15,
      marrow: 0.3,
      orbit: 0.5,
    },
  },
}

/** Hounsfield units. */
const CT: Look = {
  ...{ grey: [35, 41], csf: [3, 14], lesion: [18, 26] },
  outside: {
    air: -1000,
    'large vessel': 50,
    eye: 10,
    'soft tissue': 45,
    scalp: -20,
    skull: 1000,
    marrow: 400,
    orbit: -60,
  },
}
const CT_WHITE: Range = [26, 32]
/** (HU + 1000) / 10: what painting takes, which knows no negative values. */
const painted = (hounsfield: number): number => (hounsfield + 1000) / 10

/** Levels and spreads of every tissue group for one scan of that sequence. */
export function drawSequence(sequence: Sequence, random: Random): Contrast {
  if (sequence === 't1' || sequence === 'flair') return drawContrast(sequence, false, random)
  if (sequence === 't1gd') return enhanced(drawContrast('t1', false, random, { t1: { tumour: ENHANCED } }), random)
  const look = sequence === 'ct' ? CT : LOOKS[sequence]
  const white = sequence === 'ct' ? random.uniform(...CT_WHITE) : 1
  const [grey, csf, lesion] = [look.grey, look.csf, look.lesion].map((range) => random.uniform(...range)) as [
    number,
    number,
    number,
  ]
  const levelOf = (group: Group): number => {
    if (group.level === 'between') return grey + group.t1 * (white - grey)
    if (group.level === 'fluid') return csf
    if (group.level === 'band' || group.level === 'haze') return white
    if (group.level === 'outside') return look.outside[group.name] ?? look.outside['soft tissue']!
    return lesion
  }
  const noise = sequence === 'ct' ? 0.004 : random.uniform(0.02, 0.06)
  const scale = sequence === 'ct' ? painted : (level: number) => 100 * level
  const mean = Float32Array.from(GROUPS, (group) => scale(levelOf(group)))
  return {
    mean,
    spread: Float32Array.from(GROUPS, (_, g) => (g === 0 ? 0.3 : 100 * noise)),
    texture: Float32Array.from(GROUPS, ({ texture }, g) => (sequence === 'ct' ? 0.2 : texture * mean[g]!)),
  }
}

/** Vessels, the pituitary and the choroid plexus take contrast agent up. */
function enhanced(contrast: Contrast, random: Random): Contrast {
  const takes = new Set(['large vessel', 'vessel in the brain', 'choroid plexus', 'pituitary', 'nose and sinus'])
  const mean = contrast.mean.map((level, g) => (takes.has(GROUPS[g]!.name) ? 100 * random.uniform(1.2, 2) : level))
  return { ...contrast, mean }
}

export interface PaintedHead {
  readonly name: string
  readonly scans: ReadonlyMap<Sequence, Volume<'scan'>>
}

const HEAD = {
  lesions: { none: 0.3, rim: 0.5, blobs: [2, 40], blobMl: [0.01, 3] },
  neckMm: [0, 80],
  deform: { rotationDegrees: 10, scale: [0.88, 1.12], shear: 0.04, elasticMm: 2.5, elasticLatticeMm: 28 },
} satisfies Parameters<typeof groupedHead>[1]
const TUMOUR: TumourSpec = { chance: 1, tumourMl: [5, 60], oedemaMm: [3, 20], push: 0.3 }
const SHARES = { tumour: 0.25, stripped: 0.4, slabs: 0.5 } as const
const SLAB_MM: Range = [3, 7]

/** One head in every sequence: with a tumour or without, whole or stripped (a diffusion map always), at 1 mm or in axial slabs. */
export function paintedHead(labels: Volume<'scan'>, seed: number): PaintedHead {
  const random = seededRandom(77, seed)
  const map = labelMapFrom(labels)
  const hasTumour = random.chance(SHARES.tumour)
  const { groups, shape, affine } = groupedHead(map, hasTumour ? { ...HEAD, tumour: TUMOUR } : HEAD, random)
  const mask = brainMask(
    groups.map((g) => CLASS_OF_GROUP[g]!),
    shape,
    random,
  )
  const isStripped = random.chance(SHARES.stripped)
  const slabMm = random.chance(SHARES.slabs) ? random.uniform(...SLAB_MM) : null
  const scans = SEQUENCES.map((sequence) => {
    const data = paint(groups, shape, drawSequence(sequence, random), paintOf(sequence), random)
    if (isStripped || sequence === 'adc') for (let at = 0; at < data.length; at++) if (mask[at] === 0) data[at] = 0
    const scan: Volume<'scan'> = { frame: 'scan', shape, affine, data }
    return [sequence, slabMm === null ? scan : reslicedScan(scan, { axis: 'S', mm: slabMm })] as const
  })
  const traits = [
    hasTumour ? 'tumour' : '',
    isStripped ? 'stripped' : 'whole',
    slabMm === null ? '1 mm' : `${slabMm.toFixed(0)} mm`,
  ]
  return { name: `head ${seed} (${traits.filter(Boolean).join(', ')})`, scans: new Map(scans) }
}

function paintOf(sequence: Sequence): PaintSpec {
  const isCt = sequence === 'ct'
  return {
    blurMm: sequence === 'pet' ? [2, 3] : [0.3, 1.2],
    thickSlices: 0,
    sliceMm: [1, 1],
    bias: isCt ? 0 : 0.25,
    gamma: isCt ? 0 : 0.1,
    noise: isCt ? 0.004 : 0.08,
  }
}
