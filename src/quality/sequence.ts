/**
 * T1, FLAIR or neither, by the order of three intensities. The levels of fluid C, grey G and white matter W of one scan give an
 * angle, atan2(G − C, W − C), that no scaling and shifting of the intensities changes:
 *
 *   T1          C < G < W           5° … 35°
 *   FLAIR       C < W ≤ G           40° … 80°
 *   glucose PET, some proton density: more grey still, up to 90° and beyond
 *   T2, ADC     W ≤ G < C           −160° … −135°
 */
import type { TissueLevels } from './tissue-levels.ts'

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

/** Degrees. Within `right` nothing is said; beyond `sure` it is another sequence; between the two it is doubtful. */
const RANGES: Readonly<Record<Sequence, { readonly right: Range; readonly sure: Range }>> = {
  t1: { right: [-5, 37], sure: [-25, 41] },
  flair: { right: [36, 110], sure: [32, 130] },
}
/** Degrees by which the angle of a FLAIR is above that of the T1 of the same head; so far below zero they are swapped, or may be. */
const APART = { swapped: -8, doubtful: -3 } as const
/** Log-likelihood a voxel by which the levels must be ahead of others for anything to be sure. */
const LEAST_LEAD = 0.004
/** mL: what is smaller, or larger, is no brain in which tissues could be told. */
const BRAIN = { csf: [40, 1200], grey: [150, 1600], white: [120, 1400] } as const

export function angleOf({ csf, grey, white }: Pick<TissueLevels, 'csf' | 'grey' | 'white'>): number {
  return (Math.atan2(grey - csf, white - csf) * 180) / Math.PI
}

/** The angle where a brain was found, else null. */
function trustedAngle(levels: TissueLevels | null): number | null {
  if (levels === null) return null
  const isBrain = (['csf', 'grey', 'white'] as const).every((part) => {
    const [least, most] = BRAIN[part]
    return levels.ml[part] >= least && levels.ml[part] <= most
  })
  return isBrain ? angleOf(levels) : null
}

/** What is wrong, or may be, with what was sent; empty where nothing is. */
export function judge(looks: ReadonlyMap<Sequence, Look>): Finding[] {
  const labelMaps = [...looks].flatMap(([name, { isLabelMap }]) => (isLabelMap ? [name] : []))
  if (labelMaps.length > 0) return labelMaps.map((name) => ({ kind: 'wrong-sequence', message: labelMapSent(name) }))
  const angles = new Map([...looks].map(([name, { levels }]) => [name, trustedAngle(levels)]))
  const [t1, flair] = [angles.get('t1') ?? null, angles.get('flair') ?? null]
  const alone = [...angles].flatMap(([name, angle]) =>
    angle === null ? [] : judgeOne(name, angle, looks.get(name)!.levels!.lead),
  )
  if (t1 === null || flair === null) return alone
  if (!isFluidDarkest(t1) || !isFluidDarkest(flair)) return alone.filter(({ kind }) => kind !== null)
  const apart = flair - t1
  if (apart <= APART.doubtful) return [{ kind: apart <= APART.swapped ? 'channels-swapped' : null, message: SWAPPED }]
  // large tumours make the two alike; what the T1 says of itself stands
  return t1 <= RANGES.t1.right[1] ? [] : alone.filter(({ channel, kind }) => channel === 't1' && kind !== null)
}

/** Fluid is the darkest: it may be a T1 or a FLAIR. */
const isFluidDarkest = (angle: number): boolean => angle > -10 && angle < 90

const labelMapSent = (name: Sequence): string =>
  `channel ${name}: whole regions have one value each, as in a label map or mask; send the scan itself`
const SWAPPED =
  'grey matter is brighter, against white, in the scan sent as t1 than in the one sent as flair: they look swapped; if they are, send each as the other'
function judgeOne(name: Sequence, angle: number, lead: number): (Finding & { readonly channel: Sequence })[] {
  const { right, sure } = RANGES[name]
  if (angle >= right[0] && angle <= right[1]) return []
  const isSure = lead >= LEAST_LEAD && (angle < sure[0] || angle > sure[1])
  const message = `channel ${name}: ${seen(angle)}; ${WANTED[name]}`
  return [{ channel: name, kind: isSure ? 'wrong-sequence' : null, message }]
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
