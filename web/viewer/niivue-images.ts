/** What is done to NiiVue's images: colours of labels, the confidence turned into what is lacking, voxels of a label found. */
import type { NVImage } from '@niivue/niivue'
import type { BoxMm, ColouredLabel, Mm } from './viewer.ts'

/** Background is clear; every label has the colour of the card. @param shown values of those that are not clear; null: all */
export function tableOf(labels: readonly ColouredLabel[], shown: ReadonlySet<number> | null) {
  const colour = (channel: 0 | 1 | 2) => labels.map(({ color }) => color[channel])
  return {
    ...{ R: colour(0), G: colour(1), B: colour(2) },
    A: labels.map(({ value }) => (value === 0 || shown?.has(value) === false ? 0 : 255)),
    I: labels.map(({ value }) => value),
    labels: labels.map(({ name }) => name),
  }
}

/**
 * The map says how sure the network was, 0 to 1, and 0 where it did not look. Shown is the rest up to 1, so that what is worth a
 * look shines and what was not looked at stays clear; the colours run from 0.2 to 0.6.
 */
export function turnToUnsure(image: NVImage): void {
  const { img, hdr } = image
  if (img === null || img === undefined || hdr === null) return
  const slope = hdr.scl_slope || 1
  const whole = 1 / slope
  for (let at = 0; at < img.length; at++) {
    const value = Number(img[at])
    img[at] = value > 0 ? Math.max(0, whole - value) : 0
  }
  image.cal_min = 0.2
  image.cal_max = 0.6
}

/** The middle of a lesion may lie outside of it, as that of a ring does: the voxel of the label that lies nearest to it. */
export function nearestOf(labels: NVImage, label: number, near: Mm, { min, max }: BoxMm): Mm | null {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((n) =>
    labels.mm2vox([n & 1 ? max[0] : min[0], n & 2 ? max[1] : min[1], n & 4 ? max[2] : min[2]]),
  )
  const [first, last] = [Math.min, Math.max].map((extreme, which) =>
    [0, 1, 2].map((axis) => {
      const edge = which === 0 ? 0 : labels.dimsRAS![axis + 1]! - 1
      const found = extreme(...corners.map((corner) => corner[axis]!))
      return which === 0 ? Math.max(edge, found) : Math.min(edge, found)
    }),
  ) as [number[], number[]]
  let best: Mm | null = null
  let least = Number.POSITIVE_INFINITY
  for (let k = first[2]!; k <= last[2]!; k++) {
    for (let j = first[1]!; j <= last[1]!; j++) {
      for (let i = first[0]!; i <= last[0]!; i++) {
        if (labels.getValue(i, j, k, 0) !== label) continue
        const [x, y, z] = labels.vox2mm([i, j, k], labels.matRAS!) as unknown as Mm
        const distance = Math.hypot(x - near[0], y - near[1], z - near[2])
        if (distance < least) [least, best] = [distance, [x, y, z]]
      }
    }
  }
  return best
}
