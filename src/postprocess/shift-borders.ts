/** The borders of a card on a label map: which scan shows each, and how far it may move. */
import type { Card } from '../model/card.ts'
import type { BorderSpec } from '../model/postprocess-spec.ts'
import type { Prepared } from '../preprocess/preprocess.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import type { Box } from '../volume/crop.ts'
import type { LabelVolume, Shape } from '../volume/volume.ts'
import { contrastToNoise, moveBorder, type Sides, sidesOf } from './borders.ts'
import { type Intensities, type LocalMeans, localMeans } from './local-means.ts'

export interface ShownBorder {
  readonly sides: Sides
  readonly scan: Intensities
  /** Into the first label, and into the second. */
  readonly steps: readonly [number, number]
}

export interface ShownScans extends Pick<Prepared, 'channels'> {
  /** In the card's order: the longest edge of a voxel of each as it was scanned; null: not sent. */
  readonly longestEdgesMm: readonly (number | null)[]
}

/** A part of the model grid. */
export interface PartOf {
  readonly box: Box
  readonly shape: Shape
}

/**
 * Those that the scans show, by the labels as they are now.
 * @param part the labels within `within.box` of the grid of `scans`
 */
export function shownBorders(
  part: LabelVolume,
  { channels, labels, postprocess: { borders = [] } }: Pick<Card, 'channels' | 'labels' | 'postprocess'>,
  scans: ShownScans,
  within: PartOf,
): readonly ShownBorder[] {
  const valueNamed = (name: string): number => labels.find((label) => label.name === name)!.value
  const edgeMm = Math.cbrt(1000 * voxelVolumeMl(part.affine))
  const stepsOf = ([first, second]: BorderSpec['mostMm']) =>
    [Math.round(first / edgeMm), Math.round(second / edgeMm)] as const
  const wanted = new Set(borders.flatMap((border) => border.channels))
  const seen = channels.flatMap(({ name }, c): SeenScan[] => {
    const volume = scans.channels[c]
    if (volume == null || !wanted.has(name)) return []
    const scan = intensitiesOf(volume.data, within)
    return [{ name, scan, means: localMeans(part, scan, labels.length), longestEdgeMm: scans.longestEdgesMm[c]! }]
  })
  return borders.flatMap((border) => {
    const between = [valueNamed(border.between[0]), valueNamed(border.between[1])] as const
    const shown = seen.filter(({ name }) => border.channels.includes(name))
    const best = shown.toSorted((a, b) => contrastToNoise(b.means, between) - contrastToNoise(a.means, between))[0]
    // a hundredth: affines are stored as 32-bit floats
    if (best === undefined || best.longestEdgeMm > (border.longestEdgeMm ?? Number.POSITIVE_INFINITY) + 0.01) return []
    const sides = sidesOf(best.means, { between, share: border.share })
    return sides === null ? [] : [{ sides, scan: best.scan, steps: stepsOf(border.mostMm) }]
  })
}

interface SeenScan {
  readonly name: string
  readonly scan: Intensities
  readonly means: LocalMeans
  readonly longestEdgeMm: number
}

function intensitiesOf(data: Float32Array, { box: { start }, shape }: PartOf): Intensities {
  const [x, y, z] = start
  return { values: data, rowAt: (j, k) => x + shape[0] * (j + y + shape[1] * (k + z)) }
}

/** In place: each border moves into those of its labels that are asked for. */
export function shiftBorders(
  part: LabelVolume,
  borders: readonly ShownBorder[],
  isAsked: (label: number) => boolean,
): void {
  for (const { sides, scan, steps } of borders) {
    const [first, second] = sides.between
    moveBorder(part, scan, sides, [isAsked(first) ? steps[0] : 0, isAsked(second) ? steps[1] : 0])
  }
}
