/**
 * T1, FLAIR or neither, by the order of three intensities. The levels of fluid C, grey G and white matter W of one scan give an
 * angle, atan2(G − C, W − C), that no scaling and shifting of the intensities changes:
 *
 *   T1          C < G < W           5° … 35°
 *   FLAIR       C < W ≤ G           40° … 80°
 *   glucose PET, some proton density: more grey still, up to 90° and beyond
 *   T2, ADC     W ≤ G < C           −160° … −135°
 */
import type { PairLevels } from './pair-levels.ts'
import type { Levels, TissueLevels } from './tissue-levels.ts'

export type Sequence = 't1' | 'flair'

/** What was seen of one scan. */
export interface Look {
  readonly isLabelMap: boolean
  /** Null where no brain was found, or nobody looked for one. */
  readonly levels: TissueLevels | null
}

/** `kind`: of the fault where it is sure, null where it is not. */
export interface Finding {
  readonly kind: 'channels-swapped' | 'wrong-sequence' | null
  readonly message: string
}

type Range = readonly [least: number, most: number]

interface Ranges {
  readonly right: Range
  readonly sure: Range
}

/** Degrees. Within `right` nothing is said; beyond `sure` it is another sequence; between the two it is doubtful. */
const RANGES: Readonly<Record<Sequence, Ranges>> = {
  t1: { right: [-5, 37], sure: [-25, 41] },
  flair: { right: [34, 110], sure: [30, 130] },
}
/** The same where both were sent: the order of the two tells a FLAIR from a T1, and their angles what is neither. */
const RANGES_TOGETHER: Readonly<Record<Sequence, Ranges>> = {
  t1: { right: [-30, 40], sure: [-45, 46] },
  flair: { right: [-10, 110], sure: [-45, 130] },
}
/** Degrees by which the angle of a FLAIR is above that of the T1 of the same head; from these on down they are swapped, or may be. */
const APART = { swapped: -3, doubtful: 0.5 } as const
/** Log-likelihood a voxel by which the levels must be ahead of others for anything to be sure. */
const LEAST_LEAD = 0.004
/**
 * The bright tail (tissue-levels.ts) of a T1: of 76 real ones, contrast medium and slabs of 6 mm among them, at most 1.47; of the one real
 * T2, whole and in slabs, 3.6 and 2.9. Chosen on these.
 */
const BRIGHT_TAIL = { right: 1.9, sure: 2.3 } as const
/** mL: what is smaller, or larger, is no brain in which tissues could be told. */
const BRAIN = { csf: [20, 1200], grey: [120, 1600], white: [90, 1400] } as const

export function angleOf({ csf, grey, white }: Levels): number {
  return (Math.atan2(grey - csf, white - csf) * 180) / Math.PI
}

function isBrain({ ml }: TissueLevels): boolean {
  return (['csf', 'grey', 'white'] as const).every((part) => ml[part] >= BRAIN[part][0] && ml[part] <= BRAIN[part][1])
}

/** The bright tail where a brain was found, else 0. */
function tailOf(levels: TissueLevels | null): number {
  return levels !== null && isBrain(levels) ? levels.brightTail : 0
}

/**
 * What is wrong, or may be, with what was sent; empty where nothing is.
 * @param together levels of the T1 (first) and the FLAIR at the same places, where both were sent and lie on each other
 */
export function judge(looks: ReadonlyMap<Sequence, Look>, together: PairLevels | null = null): Finding[] {
  const labelMaps = [...looks].flatMap(([name, { isLabelMap }]) => (isLabelMap ? [name] : []))
  if (labelMaps.length > 0) return labelMaps.map((name) => ({ kind: 'wrong-sequence', message: labelMapSent(name) }))
  const tail = tailOf(looks.get('t1')?.levels ?? null)
  if (tail > BRIGHT_TAIL.right)
    return [
      { kind: tail > BRIGHT_TAIL.sure ? 'wrong-sequence' : null, message: `channel t1: ${seen(-180)}; ${WANTED.t1}` },
    ]
  const brains = [...looks].flatMap(([name, { levels }]) =>
    levels !== null && isBrain(levels) ? [[name, levels] as const] : [],
  )
  // the levels of each alone are not asked for here: they are worked out where they are (tissue-levels.ts)
  if (together !== null && brains.length === 2) return judgeTogether(angleOf(together.first), angleOf(together.second))
  return brains.flatMap(([name, levels]) => judgeOne(name, angleOf(levels), RANGES[name], levels.lead >= LEAST_LEAD))
}

function judgeTogether(t1: number, flair: number): Finding[] {
  const apart = flair - t1
  if (isFluidDarkest(t1) && isFluidDarkest(flair) && apart <= APART.doubtful)
    return [apart <= APART.swapped ? { kind: 'channels-swapped', message: SWAPPED } : { kind: null, message: ALIKE }]
  return [...judgeOne('t1', t1, RANGES_TOGETHER.t1, true), ...judgeOne('flair', flair, RANGES_TOGETHER.flair, true)]
}

/** Fluid is the darkest: it may be a T1 or a FLAIR. */
const isFluidDarkest = (angle: number): boolean => angle > -30 && angle < 110

const labelMapSent = (name: Sequence): string =>
  `channel ${name}: whole regions have one value each, as in a label map or mask; send the scan itself`
const SWAPPED =
  'grey matter is brighter, against white, in the scan sent as t1 than in the one sent as flair: they look swapped; if they are, send each as the other'
const ALIKE =
  'grey and white matter look alike in the scans sent as t1 and as flair: are they swapped, or both of one sequence?'

function judgeOne(name: Sequence, angle: number, { right, sure }: Ranges, isClear: boolean): Finding[] {
  if (angle >= right[0] && angle <= right[1]) return []
  const isSure = isClear && (angle < sure[0] || angle > sure[1])
  return [{ kind: isSure ? 'wrong-sequence' : null, message: `channel ${name}: ${seen(angle)}; ${WANTED[name]}` }]
}

const WANTED: Readonly<Record<Sequence, string>> = {
  t1: 'in a T1 white matter is brighter than grey, and grey brighter than fluid: is it another sequence, or not magnetic resonance?',
  flair: 'in a FLAIR grey matter is as bright as white or brighter, and fluid dark: is it another sequence?',
}

function seen(angle: number): string {
  if (angle > -10 && angle <= 38) return 'white matter is brighter than grey, and fluid the darkest, as in a T1'
  if (angle > 38 && angle < 90)
    return 'grey matter is about as bright as white or brighter, and fluid the darkest, as in a FLAIR'
  if (angle < -90) return 'fluid is brighter than grey and white matter, as in a T2 or a map of diffusion'
  return 'fluid is neither the darkest nor the brightest'
}
