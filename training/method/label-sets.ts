/**
 * What a source says about a voxel: not a class but a *set* of admissible classes, as a bit mask (bit k = class k).
 * The loss is −log Σ_{k in set} p_k: a singleton is cross-entropy, all classes is no loss, and "everything but lesion"
 * is the paper's adaptive cross-entropy (ACE) with the label set of the data set in place of that of the patch.
 *
 * The classes are those of all recipes together; which of them a network has, and in what order, its recipe says
 * (training/method/losses/targets.ts maps sets of classes to sets of output channels).
 */

export const BACKGROUND = 0
export const CSF = 1
export const GREY = 2
export const WHITE = 3
/** White-matter hyperintensity. */
export const LESION = 4
export const OEDEMA = 5
export const TUMOUR = 6

/** Their names, as the bundled recipes name their labels. */
export const CLASS_NAMES: readonly string[] = [
  'background',
  'cerebrospinal fluid',
  'grey matter',
  'white matter',
  'white matter hyperintensity',
  'oedema',
  'tumour',
]

const CLASSES: readonly number[] = [BACKGROUND, CSF, GREY, WHITE, LESION, OEDEMA, TUMOUR]

/** Bit mask of a set of classes. */
export function setOf(...classes: readonly number[]): number {
  return classes.reduce((mask, k) => mask | (1 << k), 0)
}

export const ANY_CLASS = setOf(...CLASSES)

const TISSUE = [setOf(BACKGROUND), setOf(CSF), setOf(GREY)]
/** White matter and white-matter lesions were drawn as one. */
const TISSUE_WITH_LESIONS = [...TISSUE, setOf(WHITE, LESION), setOf(WHITE, LESION)]

/** A data set that draws `lesions` only, of which background means "any class that is not one of them". */
function lesionsOnly(...lesions: readonly number[]): readonly number[] {
  return CLASSES.map((k) => (lesions.includes(k) ? setOf(k) : ANY_CLASS & ~setOf(...lesions)))
}

/** The same data set with its background taken at its word. */
function lesionsLiterally(...lesions: readonly number[]): readonly number[] {
  return CLASSES.map((k) => (lesions.includes(k) ? setOf(k) : setOf(BACKGROUND)))
}

/**
 * How sources state the complete truth: class k of the truth becomes the set `STATED[how][k]`; a class beyond the end
 * of the list cannot occur in a source of that kind.
 * - complete: every class as it is;
 * - tissue: its annotators drew white-matter lesions into the white matter, so white matter may be either;
 * - tissue-beside-tumour: the same where there is a tumour, whose voxels and oedema nobody labelled;
 * - lesion, tumour: only these were drawn; everything else is "some class that is none of them".
 * The literal kinds take the annotators' values at their word, as the naive baselines do: white matter is white
 * matter, and a lesion data set's background is background.
 */
export const STATED = {
  complete: CLASSES.map((k) => setOf(k)),
  tissue: TISSUE_WITH_LESIONS,
  'tissue-beside-tumour': [...TISSUE_WITH_LESIONS, ANY_CLASS, ANY_CLASS],
  lesion: lesionsOnly(LESION),
  tumour: lesionsOnly(OEDEMA, TUMOUR),
  'tissue-literal': [...TISSUE, setOf(WHITE), setOf(WHITE)],
  'lesion-literal': lesionsLiterally(LESION),
  'tumour-literal': lesionsLiterally(OEDEMA, TUMOUR),
} as const satisfies Record<string, readonly number[]>

export type States = keyof typeof STATED
export const STATES = Object.keys(STATED) as [States, ...States[]]

/** The classes that the statements of a source are made of: of a literal lesion source, background and lesion. */
export function ownSet(statements: Iterable<number>): number {
  return [...statements].reduce((all, set) => all | set, 0)
}

/** Classes (one a voxel) → bit masks (one a voxel), as a source of that kind would state them. */
export function stateTruth(truth: Uint8Array, states: States): Uint8Array {
  const table: readonly number[] = STATED[states]
  const masks = new Uint8Array(truth.length)
  for (let v = 0; v < truth.length; v++) {
    const mask = table[truth[v]!]
    if (mask === undefined)
      throw new Error(`class ${truth[v]} cannot occur in a ${states} source; it has 0..${table.length - 1}`)
    masks[v] = mask
  }
  return masks
}
