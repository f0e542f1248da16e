/**
 * The labels of a SynthSeg training map (FreeSurfer codes, 500-530 outside the brain) gathered into groups of one
 * appearance: left and right together, the class they belong to, and how bright they are in T1 and FLAIR.
 *
 * T1 levels are SynthSeg's prior means (prior_means_t1.npy, intensities 0..255); FLAIR levels are set by hand for
 * white matter = 100. Inside the brain the level is a position between grey (0) and white (1) matter, so that a
 * random contrast keeps the order of the tissues; outside it is the intensity relative to white matter.
 * Classes follow FreeSurfer-to-tissue practice: cortex and deep nuclei are grey, brain stem and ventral DC white,
 * choroid plexus and vessels in the brain CSF.
 */
import { BACKGROUND, CSF, GREY, LESION, OEDEMA, TUMOUR, WHITE } from '../../method/label-sets.ts'

export interface Group {
  readonly name: string
  readonly labels: readonly number[]
  readonly class: number
  /**
   * 'between': from grey (0) to white (1); 'fluid': relative to CSF; 'outside': relative to white matter;
   * 'lesion', 'oedema', 'tumour', 'necrosis', 'band', 'haze': of their own (contrast.ts).
   */
  readonly level: 'between' | 'fluid' | 'lesion' | 'outside' | 'oedema' | 'tumour' | 'necrosis' | 'band' | 'haze'
  readonly t1: number
  readonly flair: number
  /** Spread of the coarse texture (fat between muscle, marrow), relative to the group's own level. */
  readonly texture: number
}

const group = (
  name: string,
  labels: readonly number[],
  cls: number,
  level: Group['level'],
  t1: number,
  flair: number,
  texture = 0.03,
): Group => ({ name, labels, class: cls, level, t1, flair, texture })

/** Index in this list = value in a grouped map; 0 is the air. */
export const GROUPS: readonly Group[] = [
  group('air', [0], BACKGROUND, 'outside', 0.02, 0.02, 0),
  group('white matter', [2, 41], WHITE, 'between', 1, 1),
  group('cerebral cortex', [3, 42], GREY, 'between', 0, 0),
  group('ventricles', [4, 5, 14, 15, 43, 44, 72], CSF, 'fluid', 1, 1, 0.1),
  group('subarachnoid CSF', [24], CSF, 'fluid', 1.1, 1.15, 0.25),
  group('cerebellar white matter', [7, 46], WHITE, 'between', 0.75, 0.75),
  group('cerebellar cortex', [8, 47], GREY, 'between', -0.1, 0.1),
  group('thalamus', [10, 49], GREY, 'between', 0.5, 0.4),
  group('caudate and accumbens', [11, 26, 50, 58], GREY, 'between', 0.05, 0),
  group('putamen', [12, 51], GREY, 'between', 0.3, 0.3),
  group('pallidum', [13, 52], GREY, 'between', 0.75, 1),
  group('hippocampus and amygdala', [17, 18, 53, 54], GREY, 'between', 0, -0.15),
  group('brain stem', [16], WHITE, 'between', 0.7, 0.65),
  group('ventral DC', [28, 60], WHITE, 'between', 0.75, 0.8),
  group('lesion', [25, 57], LESION, 'lesion', 1, 1, 0.08),
  group('spinal CSF', [], BACKGROUND, 'fluid', 1.1, 1.15, 0.25),
  group('choroid plexus', [136, 137, 163, 164], CSF, 'fluid', 1.4, 1.8, 0.2),
  group('vessel in the brain', [30, 62], CSF, 'fluid', 1.3, 1.2, 0.2),
  group('optic chiasm', [85], BACKGROUND, 'between', 0.3, 0.5),
  group('large vessel', [502], BACKGROUND, 'outside', 0.7, 0.25, 0.4),
  group('eye', [506], BACKGROUND, 'outside', 0.15, 0.2, 0.1),
  group('soft tissue', [507], BACKGROUND, 'outside', 0.6, 0.75, 0.35),
  group('orbit', [508], BACKGROUND, 'outside', 0.85, 0.8, 0.2),
  group('nose and sinus', [509], BACKGROUND, 'outside', 0.45, 0.5, 0.5),
  group('scalp', [511], BACKGROUND, 'outside', 0.9, 1, 0.35),
  group('spinal cord', [512], BACKGROUND, 'outside', 0.65, 0.8, 0.1),
  group('mastoid', [514], BACKGROUND, 'outside', 0.3, 0.3, 0.4),
  group('skull', [515], BACKGROUND, 'outside', 0.17, 0.15, 0.3),
  group('marrow', [516], BACKGROUND, 'outside', 0.75, 0.75, 0.35),
  group('pituitary', [530], BACKGROUND, 'outside', 0.85, 0.9, 0.1),
  // in no map: drawn by tumour.ts
  group('oedema', [], OEDEMA, 'oedema', 1, 1, 0.08),
  group('tumour', [], TUMOUR, 'tumour', 1, 1, 0.2),
  group('necrosis', [], TUMOUR, 'necrosis', 1, 1, 0.15),
  // in no map: drawn by bright-white.ts
  group('thin band', [], WHITE, 'band', 1, 1),
  group('haze', [], WHITE, 'haze', 1, 1),
]

/** Throws where no group has that name. */
export function groupIndex(name: string): number {
  const index = GROUPS.findIndex((g) => g.name === name)
  if (index < 0) throw new Error(`no group is called ${name}`)
  return index
}

/** Label value → group; a label that is not in the table is absent and must be refused. */
export const GROUP_OF_LABEL: ReadonlyMap<number, number> = new Map(
  GROUPS.flatMap((g, index) => g.labels.map((label) => [label, index] as const)),
)

/** Group → class of the truth. */
export const CLASS_OF_GROUP = Uint8Array.from(GROUPS, (g) => g.class)
