/**
 * The benchmark's subjects: skull-stripped synthetic heads with complete truth, tissue and lesion both. Everything is
 * done on 2 mm voxels: label maps are thinned to every second voxel, so lengths in the synthesis ("mm") are voxels here
 * and volumes ("mL") are thousands of voxels.
 */
import { basename, join } from 'node:path'
import { readNifti } from '../../src/nifti/read.ts'
import type { LabelVolume, Volume } from '../../src/volume/volume.ts'
import { seededRandom } from '../compile/random.ts'
import { TRAINING_LIMITS } from './datasets/limits.ts'
import type { Modality } from './synth/contrast.ts'
import { type SynthSpec, synthesizeHead } from './synth/head.ts'
import { floodFromVentricles, type LabelMap, labelMapFrom } from './synth/label-map.ts'

/** What is added to the heads: hyperintensities of the white matter, or a tumour with its oedema. */
export const SCENARIOS = ['wmh', 'tumour'] as const
export type ScenarioName = (typeof SCENARIOS)[number]

export const SPLITS = ['tissue', 'lesion', 'test'] as const
export type Split = (typeof SPLITS)[number]

/** Label maps of each split; no head is in two. */
const MAPS: Readonly<Record<Split, readonly number[]>> = {
  tissue: [1, 2, 3, 4],
  lesion: [5, 6, 7, 8],
  test: [9, 10, 11, 12, 13],
}
export const SUBJECTS: Readonly<Record<Split, number>> = { tissue: 8, lesion: 12, test: 10 }

const VOXEL_MM = 2
const CHANNELS: readonly Modality[] = ['t1', 'flair']
const NO_LESION: SynthSpec['lesions'] = { none: 1, rim: 0, blobs: [1, 1], blobMl: [0.01, 0.01] }
const LESIONS: SynthSpec['lesions'] = { none: 0, rim: 0.5, blobs: [4, 25], blobMl: [0.008, 0.25] }
const TUMOUR: SynthSpec['tumour'] = { chance: 1, tumourMl: [0.6, 5], oedemaMm: [5, 12], push: 0.3 }

const COMMON = {
  randomContrast: 0,
  strip: 1,
  neckMm: [0, 2],
  deform: { rotationDegrees: 10, scale: [0.92, 1.08], shear: 0.03, elasticMm: 1.2, elasticLatticeMm: 14 },
} satisfies Partial<SynthSpec>

/**
 * Real data sets come from different scanners, so a network can tell which set a patch is of: one is sharp and even, the
 * other soft, noisy and shaded. Blur in voxels.
 */
const SCANNERS: Readonly<Record<'tissue' | 'lesion', SynthSpec['paint']>> = {
  tissue: { blurMm: [0.25, 0.4], thickSlices: 0, sliceMm: [1, 1], bias: 0.1, gamma: 0.1, noise: 0.04 },
  lesion: { blurMm: [0.6, 0.75], thickSlices: 0, sliceMm: [1, 1], bias: 0.3, gamma: 0.1, noise: 0.09 },
}

/** Test subjects are from the two scanners in turn. */
function synthOf(scenario: ScenarioName, split: Split, index: number): SynthSpec {
  const scanner = split === 'test' ? (['tissue', 'lesion'] as const)[index % 2]! : split
  const common = { ...COMMON, paint: SCANNERS[scanner] }
  if (scenario === 'wmh') return { ...common, lesions: LESIONS }
  return { ...common, lesions: NO_LESION, ...(split === 'tissue' ? {} : { tumour: TUMOUR }) }
}

function thinned({ shape, groups, brainZ }: LabelMap): LabelMap {
  const small = shape.map((n) => Math.ceil(n / VOXEL_MM)) as [number, number, number]
  const thin = new Uint8Array(small[0] * small[1] * small[2])
  for (let k = 0, v = 0; k < small[2]; k++)
    for (let j = 0; j < small[1]; j++)
      for (let i = 0; i < small[0]; i++, v++) thin[v] = groups[VOXEL_MM * (i + shape[0] * (j + shape[1] * k))]!
  const [lo, hi] = brainZ
  return {
    shape: small,
    groups: thin,
    ventricleSteps: floodFromVentricles(thin, small),
    brainZ: [Math.ceil(lo / VOXEL_MM), Math.floor(hi / VOXEL_MM)],
  }
}

export interface PhantomSubject {
  readonly name: string
  /** The label map that it was made of. */
  readonly anatomy: string
  readonly scans: ReadonlyMap<string, Volume<'scan'>>
  /** Complete truth, classes of label-sets.ts, on the scans' grid. */
  readonly truth: LabelVolume
}

/** Label maps of a split, relative to the data folder. */
export function mapsOf(split: Split): readonly string[] {
  return MAPS[split].map(
    (map) => `labelmaps/BBillot__SynthSeg/data/training_label_maps/training_seg_${String(map).padStart(2, '0')}.nii.gz`,
  )
}

/** Maps read so far, by path: they are large, and several subjects are made of each. */
const READ = new Map<string, Promise<LabelMap>>()

function readMap(path: string): Promise<LabelMap> {
  const reading = READ.get(path) ?? readNifti(path, TRAINING_LIMITS).then(({ volume }) => thinned(labelMapFrom(volume)))
  READ.set(path, reading)
  return reading
}

/** Subject `index` of a split: the same in every run and on every machine, whatever the training's seed. */
export async function phantomSubject(
  dataDir: string,
  scenario: ScenarioName,
  split: Split,
  index: number,
): Promise<PhantomSubject> {
  const paths = mapsOf(split)
  const path = paths[index % paths.length]!
  const map = await readMap(join(dataDir, path))
  const random = seededRandom(2019, scenario === 'wmh' ? 0 : 1, SPLITS.indexOf(split), index)
  const head = synthesizeHead(map, synthOf(scenario, split, index), CHANNELS, random)
  const affine = head.truth.affine.map((value, at) => (at < 12 ? VOXEL_MM * value : value))
  return {
    name: `${scenario}-${split}-${String(index + 1).padStart(2, '0')}`,
    anatomy: basename(path, '.nii.gz'),
    scans: new Map([...head.scans].map(([channel, scan]) => [channel, { ...scan, affine }])),
    truth: { ...head.truth, affine },
  }
}
