/** A label map becomes a head: lesions and perhaps a tumour in, deformed, painted as T1 and/or FLAIR, perhaps stripped; truth complete. */
import { z } from 'zod'
import { restoreLabels } from '../../../src/volume/restore-labels.ts'
import type { Affine, LabelVolume, Shape, Volume } from '../../../src/volume/volume.ts'
import type { Random } from '../../compile/random.ts'
import { acquire, acquireSpecSchema } from './acquire.ts'
import { brightWhiteSchema, drawBrightWhite } from './bright-white.ts'
import { drawContrast, ENHANCED, type Modality } from './contrast.ts'
import { deformGroups, deformSpecSchema, randomMatrix } from './deform.ts'
import { CLASS_OF_GROUP } from './groups.ts'
import type { LabelMap } from './label-map.ts'
import type { LesionShape } from './lesion-shapes.ts'
import { lesionSpecSchema, withLesions } from './lesions.ts'
import { paint, paintSpecSchema } from './paint.ts'
import { brainMask, strip } from './strip.ts'
import { tumourSpecSchema, withTumour } from './tumour.ts'

const range = z.tuple([z.number(), z.number()])
const levels = z.strictObject({ grey: range, csf: range, lesion: range, oedema: range, tumour: range }).partial()

export const synthSpecSchema = z.strictObject({
  /** Chance that the levels of a channel are random rather than those of its modality. */
  randomContrast: z.number().min(0).max(1),
  strip: z.number().min(0).max(1),
  /** How far below the brain the field of view reaches, from … to. */
  neckMm: z.tuple([z.number().nonnegative(), z.number().nonnegative()]),
  lesions: lesionSpecSchema,
  /** White matter that is bright and no lesion; left out: there is none. */
  brightWhite: brightWhiteSchema.optional(),
  /** How bright grey matter, CSF, lesions, oedema and tumour are, where it is not as contrast.ts says. */
  levels: z.strictObject({ t1: levels, flair: levels }).partial().optional(),
  tumour: tumourSpecSchema.optional(),
  deform: deformSpecSchema,
  paint: paintSpecSchema,
  /** How scans are taken up on a grid of their own (acquire.ts); left out: at 1 mm, all on one grid. */
  acquire: acquireSpecSchema.optional(),
})

export type SynthSpec = z.infer<typeof synthSpecSchema>

export interface SyntheticHead {
  /** RAS, all on the one grid of the truth or each on one of its own (SynthSpec.acquire). */
  readonly scans: ReadonlyMap<Modality, Volume<'scan'>>
  /** Complete truth, classes of label-sets.ts, 1 mm. */
  readonly truth: LabelVolume
}

const FACE_MARGIN_MM = 6

/** What a head is made of before it is painted: a group (groups.ts) a voxel, 1 mm, RAS. */
export interface GroupedHead {
  readonly shape: Shape
  readonly affine: Affine
  readonly groups: Uint8Array
}

/** Lesions and perhaps a tumour in a map, deformed; `patient` as of synthesizeHead(). */
export function groupedHead(
  map: LabelMap,
  spec: Pick<SynthSpec, 'lesions' | 'brightWhite' | 'tumour' | 'deform' | 'neckMm'>,
  random: Random,
  patient?: LesionShape,
): GroupedHead {
  const withLesion = withLesions(map, spec.lesions, random, patient)
  if (spec.brightWhite !== undefined) drawBrightWhite(withLesion, map, spec.brightWhite, random)
  const sick = spec.tumour ? withTumour(map, withLesion, spec.tumour, random) : withLesion
  const matrix = randomMatrix(spec.deform, 0.5, random)
  const [brainLo, brainHi] = map.brainZ
  const size = 1 / Math.abs(Math.cbrt(determinant(matrix)))
  const below = random.uniform(...spec.neckMm)
  const height = (brainHi - brainLo) * size
  const shape: Shape = [
    Math.round(map.shape[0] * size) + 2 * FACE_MARGIN_MM,
    Math.round(map.shape[1] * size) + 2 * FACE_MARGIN_MM,
    Math.round(height + below) + 5 * FACE_MARGIN_MM,
  ]
  const shift = () => random.uniform(-4, 4)
  const groups = deformGroups(
    sick,
    map.shape,
    shape,
    {
      matrix,
      outCentre: [shape[0] / 2 + shift(), shape[1] / 2 + shift(), below + height / 2 + 1.5 * FACE_MARGIN_MM],
      sourceCentre: [map.shape[0] / 2, map.shape[1] / 2, (brainLo + brainHi) / 2],
    },
    spec.deform,
    random,
  )
  const affine = [1, 0, 0, -shape[0] / 2, 0, 1, 0, -shape[1] / 2, 0, 0, 1, -shape[2] / 2, 0, 0, 0, 1]
  return { shape, affine, groups }
}

/**
 * Draws one head. The same map, spec, channels, random stream and patient give the same voxels.
 * @param patient whose lesions the head has, where it has any; left out: drawn ones
 */
export function synthesizeHead(
  map: LabelMap,
  spec: SynthSpec,
  channels: readonly Modality[],
  random: Random,
  patient?: LesionShape,
): SyntheticHead {
  const { shape, affine, groups } = groupedHead(map, spec, random, patient)
  const truth = groups.map((g) => CLASS_OF_GROUP[g]!)
  // drawn from only where it is asked for: recipes without it give the heads they always gave
  const isEnhanced = spec.tumour?.enhancing !== undefined && random.chance(spec.tumour.enhancing)
  const shown = isEnhanced ? { ...spec.levels, t1: { ...spec.levels?.t1, tumour: ENHANCED } } : spec.levels
  const scans = new Map<Modality, Volume<'scan'>>()
  for (const channel of channels) {
    const contrast = drawContrast(channel, random.chance(spec.randomContrast), random, shown)
    const isAcquired = spec.acquire !== undefined && random.chance(spec.acquire.chance)
    const painted = isAcquired ? { ...spec.paint, thickSlices: 0, noise: 0 } : spec.paint
    const data = paint(groups, shape, contrast, painted, random)
    const scan = { frame: 'scan' as const, shape, affine, data }
    scans.set(channel, isAcquired ? acquire(scan, spec.acquire!, random) : scan)
  }
  if (random.chance(spec.strip)) {
    const mask = brainMask(truth, shape, random)
    strip([], truth, mask)
    for (const scan of scans.values()) blank(scan, { shape, affine, data: mask })
  }
  return { scans, truth: { shape, affine, data: truth } }
}

/** Sets a scan to 0 outside the mask, in place, on whatever grid it lies. */
function blank(scan: Volume<'scan'>, mask: LabelVolume): void {
  const inside = restoreLabels(mask, scan)
  for (let v = 0; v < inside.length; v++) if (inside[v] === 0) scan.data[v] = 0
}

function determinant(m: readonly number[]): number {
  return (
    m[0]! * (m[4]! * m[8]! - m[5]! * m[7]!) -
    m[1]! * (m[3]! * m[8]! - m[5]! * m[6]!) +
    m[2]! * (m[3]! * m[7]! - m[4]! * m[6]!)
  )
}
