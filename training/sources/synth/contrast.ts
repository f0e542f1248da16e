/**
 * How bright each group is: a mean and a within-group spread, drawn anew for every head and channel.
 * 'true' draws keep what makes a T1 a T1 (white > grey > CSF, fat bright, lesions about grey) and a FLAIR a FLAIR
 * (CSF dark, grey ≥ white, lesions clearly bright); 'random' draws give every group any level (domain randomisation).
 */
import { type Random, seededRandom } from '../../compile/random.ts'
import { GROUPS, type Group, groupIndex } from './groups.ts'

export type Modality = 't1' | 'flair'
type Tissue = 'grey' | 'csf' | 'lesion'
type Mass = 'oedema' | 'tumour'
type Range = readonly [number, number]

export interface Contrast {
  /** Per group, white matter about 100. */
  readonly mean: Float32Array
  /** Voxel noise inside the tissue, before blurring. */
  readonly spread: Float32Array
  /** Amplitude of the coarse texture. */
  readonly texture: Float32Array
}

/**
 * Levels relative to white matter = 1: measured on stored T1s and FLAIRs, widened. A T1 lesion: position between grey (0)
 * and white (1).
 */
const RANGES: Record<Modality, Record<Tissue, Range>> = {
  t1: { grey: [0.55, 0.78], csf: [0.12, 0.38], lesion: [-0.15, 0.65] },
  flair: { grey: [1.02, 1.38], csf: [0.08, 0.5], lesion: [1.35, 2.2] },
}

/**
 * Oedema and tumour lie apart on average and overlap in range. T1: oedema as a position between grey (0) and white
 * (1), tumour relative to grey; FLAIR: relative to white matter.
 */
const TUMOUR_RANGES: Record<Modality, Record<Mass, Range>> = {
  t1: { oedema: [-0.4, 0.7], tumour: [0.65, 1.08] },
  flair: { oedema: [1.35, 2], tumour: [1, 1.6] },
}

/** A living tumour after contrast agent, in T1, relative to grey; white matter is at 1.28 to 1.82. */
export const ENHANCED: Range = [1.3, 2.4]

/** Dead tissue is nearly fluid: dark in T1, relative to grey; anything from dark to bright in FLAIR, relative to white. */
const NECROSIS_RANGES: Record<Modality, Range> = { t1: [0.3, 0.75], flair: [0.3, 1.5] }

/**
 * White matter that is no lesion and not as other white matter. T1: a position between grey (0) and white (1); FLAIR: relative to
 * white matter. In eight people with hyperintensities another tool's lesions begin at 1.3 (decision 0052).
 */
const BRIGHT_RANGES: Record<'band' | 'haze', Record<Modality, Range>> = {
  band: { t1: [0.6, 1], flair: [1.1, 1.6] },
  haze: { t1: [0.8, 1], flair: [1.03, 1.24] },
}

const WHITE_LEVEL = 100
const WHITE_GROUP = groupIndex('white matter')
const ASIDE: ReadonlySet<string> = new Set<Group['level']>(['oedema', 'tumour', 'necrosis', 'band', 'haze'])

function drawTumourLevels(modality: Modality, grey: number, random: Random, levels?: Levels): Record<Mass, number> {
  const [own, given] = [TUMOUR_RANGES[modality], levels?.[modality]]
  const { oedema, tumour } = { oedema: given?.oedema ?? own.oedema, tumour: given?.tumour ?? own.tumour }
  const [a, b] = [random.uniform(...oedema), random.uniform(...tumour)]
  return modality === 't1'
    ? { oedema: grey + a * (WHITE_LEVEL - grey), tumour: grey * b }
    : { oedema: WHITE_LEVEL * a, tumour: WHITE_LEVEL * b }
}

/** Levels in place of RANGES, for tissues and lesions that other scanners and sequences show otherwise. */
export type Levels = {
  readonly [M in Modality]?: { readonly [tissue in Tissue | Mass]?: Range | undefined } | undefined
}

/** Levels and spreads of every tissue group for one scan: those of its modality, jittered, or random ones. */
export function drawContrast(modality: Modality, randomLevels: boolean, random: Random, levels?: Levels): Contrast {
  const [own, given] = [RANGES[modality], levels?.[modality]]
  const range = {
    grey: given?.grey ?? own.grey,
    csf: given?.csf ?? own.csf,
    lesion: given?.lesion ?? own.lesion,
  }
  const grey = WHITE_LEVEL * random.uniform(...range.grey)
  const csf = WHITE_LEVEL * random.uniform(...range.csf)
  // a T1 lesion lies between grey and white; a FLAIR lesion is brighter than both
  const place = random.uniform(...range.lesion)
  const lesion = modality === 't1' ? grey + place * (WHITE_LEVEL - grey) : Math.max(WHITE_LEVEL * place, 1.15 * grey)
  const outside = random.uniform(0.75, 1.3)
  const noise = random.uniform(0.02, 0.06)
  // a stream of their own, so that heads without a tumour are what they were before there were tumours
  const aside = seededRandom(...[grey, csf, outside].map((drawn) => Math.floor(1e6 * drawn)))
  const tumourLevels = drawTumourLevels(modality, grey, aside, levels)

  const mean = new Float32Array(GROUPS.length)
  const spread = new Float32Array(GROUPS.length)
  const texture = new Float32Array(GROUPS.length)
  GROUPS.forEach((group, g) => {
    const level = group[modality]
    const stream = ASIDE.has(group.level) ? aside : random
    const jitter = stream.normal()
    if (group.level === 'band' || group.level === 'haze') {
      const place = stream.uniform(...BRIGHT_RANGES[group.level][modality])
      if (randomLevels) mean[g] = mean[WHITE_GROUP]!
      else mean[g] = modality === 't1' ? grey + place * (WHITE_LEVEL - grey) : WHITE_LEVEL * place
    } else if (randomLevels) mean[g] = g === 0 ? 0 : stream.uniform(5, 180)
    else if (group.level === 'between')
      mean[g] = grey + (level + 0.06 * jitter * (g > 2 ? 1 : 0)) * (WHITE_LEVEL - grey)
    else if (group.level === 'fluid') mean[g] = csf * level
    else if (group.level === 'lesion') mean[g] = lesion
    else if (group.level === 'oedema' || group.level === 'tumour') mean[g] = tumourLevels[group.level] * level
    else if (group.level === 'necrosis')
      mean[g] = (modality === 't1' ? grey : WHITE_LEVEL) * stream.uniform(...NECROSIS_RANGES[modality])
    else mean[g] = WHITE_LEVEL * level * outside * Math.exp(0.2 * jitter)
    spread[g] = g === 0 ? 1 : WHITE_LEVEL * noise * Math.exp(0.25 * stream.normal())
    texture[g] = group.texture * mean[g]! * stream.uniform(0.6, 1.4)
  })
  return { mean, spread, texture }
}
