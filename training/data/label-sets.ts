/**
 * What a source says about a voxel: not a class but a *set* of admissible classes, as a bit mask (bit k = class k).
 * The loss is −log Σ_{k in set} p_k: a singleton is cross-entropy, all classes is no loss, and "everything but lesion"
 * is the paper's adaptive cross-entropy (ACE) with the label set of the data set in place of that of the patch.
 */

export const BACKGROUND = 0
export const CSF = 1
export const GREY = 2
export const WHITE = 3
export const LESION = 4

/** Bit mask of a set of classes. */
export function setOf(...classes: readonly number[]): number {
  return classes.reduce((mask, k) => mask | (1 << k), 0)
}

export const ANY_CLASS = setOf(BACKGROUND, CSF, GREY, WHITE, LESION)

/**
 * How sources state the complete truth: class k of the truth becomes the set `STATED[how][k]`.
 * - complete: every class as it is;
 * - tissue: its annotators drew white-matter lesions into the white matter, so white matter may be either;
 * - lesion: only the lesion was drawn; everything else is "some class that is not lesion".
 */
export const STATED = {
  complete: [setOf(BACKGROUND), setOf(CSF), setOf(GREY), setOf(WHITE), setOf(LESION)],
  tissue: [setOf(BACKGROUND), setOf(CSF), setOf(GREY), setOf(WHITE, LESION), setOf(WHITE, LESION)],
  lesion: [
    setOf(BACKGROUND, CSF, GREY, WHITE),
    setOf(BACKGROUND, CSF, GREY, WHITE),
    setOf(BACKGROUND, CSF, GREY, WHITE),
    setOf(BACKGROUND, CSF, GREY, WHITE),
    setOf(LESION),
  ],
} as const satisfies Record<string, readonly number[]>

export type States = keyof typeof STATED

/** Classes (one a voxel) → bit masks (one a voxel), as a source of that kind would state them. */
export function stateTruth(truth: Uint8Array, states: States): Uint8Array {
  const table = STATED[states]
  const masks = new Uint8Array(truth.length)
  for (let v = 0; v < truth.length; v++) {
    const mask = table[truth[v]!]
    if (mask === undefined) throw new Error(`class ${truth[v]} is not one of 0..${table.length - 1}`)
    masks[v] = mask
  }
  return masks
}
