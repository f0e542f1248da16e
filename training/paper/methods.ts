/**
 * The methods of the benchmark as recipes of one trainer: they differ in what the sources state, in the loss and in the
 * heads, and in nothing else. Every method sees the same number of patches of each data set: the joint networks in mixed
 * batches, each of Multi-UNet's two networks in batches half as large.
 */
import type { Label } from '../../src/labels/label-set.ts'
import { BACKGROUND, CSF, GREY, LESION, OEDEMA, type States, TUMOUR, WHITE } from '../method/label-sets.ts'
import { TISSUE_LABELS } from '../method/labels.ts'
import { channelCount, type HeadClasses } from '../method/losses/targets.ts'
import { type Recipe, recipeSchema } from '../run/recipe.ts'
import { type ScenarioName, SUBJECTS } from '../sources/phantom-set.ts'
import type { MethodName } from './result.ts'

export interface Budget {
  readonly steps: number
  /** Patches a step, half of them of each data set. */
  readonly batch: number
}

/** Part of a method: a network, and the label maps that are read off it, later ones overwriting earlier ones. */
export interface Network {
  readonly recipe: Recipe
  /** Classes of each head. */
  readonly heads: readonly HeadClasses[]
  readonly reads: readonly Read[]
}

/** A label map of a network: which classes compete for a voxel. */
export interface Read {
  readonly classes: readonly number[]
  /** The channel of the network's output that each class has. */
  readonly channels: readonly number[]
}

const LESION_CLASSES: Readonly<Record<ScenarioName, readonly number[]>> = {
  wmh: [LESION],
  tumour: [OEDEMA, TUMOUR],
}
const LESION_LABELS: Readonly<Record<number, Omit<Label, 'value'>>> = {
  [LESION]: { name: 'white matter hyperintensity', kind: 'lesion', color: [255, 80, 80] },
  [OEDEMA]: { name: 'oedema', kind: 'lesion', color: [255, 180, 60] },
  [TUMOUR]: { name: 'tumour', kind: 'lesion', color: [220, 40, 120] },
}
const TISSUE_CLASSES = [BACKGROUND, CSF, GREY, WHITE]

/** Classes of the joint label map, in the order of its values. */
export function jointClasses(scenario: ScenarioName): readonly number[] {
  return [...TISSUE_CLASSES, ...LESION_CLASSES[scenario]]
}

/** The labels of a list of classes, valued 0, 1, 2 … */
export function labelsOf(classes: readonly number[]): Label[] {
  return classes.map((k, value) => ({ ...(TISSUE_LABELS[k] ?? LESION_LABELS[k]!), value }))
}

const AUGMENT = {
  flip: 0.5,
  spatial: 0,
  rotationDegrees: 0,
  scale: [1, 1],
  gamma: 0.05,
  gain: 0.1,
  shift: 0.1,
  bias: 0,
  noise: 0.05,
  blur: 0,
  blurVoxels: 0,
}

/** Chance that modality dropout takes one of the two channels from a patch. */
const DROPPED = 0.5

interface Plan {
  readonly heads: readonly HeadClasses[]
  /** Where its loss lets the classes of one data set compete, and no others, they are read so, too; absent: each head as it is. */
  readonly readsApart?: readonly (readonly number[])[]
  readonly loss: Recipe['loss']
  readonly tissue?: { readonly states: States; readonly head: number }
  readonly lesion?: { readonly states: States; readonly head: number }
}

/** What each network of a method is trained on and by. */
function plansOf(method: MethodName, scenario: ScenarioName): readonly Plan[] {
  const sets = scenario === 'wmh' ? 'lesion' : 'tumour'
  const joint = [jointClasses(scenario)]
  const protocols = [TISSUE_CLASSES, [BACKGROUND, ...LESION_CLASSES[scenario]]]
  const literally = {
    tissue: { states: 'tissue-literal', head: 0 },
    lesion: { states: `${sets}-literal`, head: 0 },
  } as const
  const adaptive = { tissue: literally.tissue, lesion: { states: sets, head: 0 } } as const
  switch (method) {
    case 'multi-unet':
      return [
        { heads: [protocols[0]!], loss: { crossEntropy: 1 }, tissue: literally.tissue },
        { heads: [protocols[1]!], loss: { crossEntropy: 1 }, lesion: literally.lesion },
      ]
    case 'multi-unet-dice':
      return plansOf('multi-unet', scenario).map((plan) => ({ ...plan, loss: { crossEntropy: 1, dice: 1 } }))
    case 'multi-head':
      return [{ heads: protocols, loss: { selective: 1 }, ...literally, lesion: { ...literally.lesion, head: 1 } }]
    case 'naive-ce':
      return [{ heads: joint, loss: { crossEntropy: 1 }, ...literally }]
    case 'naive-dice':
      return [{ heads: joint, loss: { softDice: 1 }, ...literally }]
    case 'naive-ce-dice':
      return [{ heads: joint, loss: { crossEntropy: 1, dice: 1 }, ...literally }]
    case 'selective':
      return [{ heads: joint, readsApart: protocols, loss: { selective: 1 }, ...literally }]
    case 'ace':
      return [{ heads: joint, loss: { patchAce: 1 }, ...adaptive }]
    case 'ace-dice':
      return [{ heads: joint, loss: { patchAce: 1, dice: 1 }, ...adaptive }]
    case 'ace-dataset':
      return [{ heads: joint, loss: { crossEntropy: 1 }, ...adaptive }]
    case 'ours':
    case 'dropout':
    case 'dropout-t1':
    case 'dropout-flair':
      return [{ heads: joint, loss: { crossEntropy: 1, dice: 1 }, ...adaptive, tissue: { states: 'tissue', head: 0 } }]
  }
}

function readsOf({ heads, readsApart }: Plan): Read[] {
  const [head] = heads
  if (readsApart) return readsApart.map((classes) => ({ classes, channels: classes.map((k) => head!.indexOf(k)) }))
  return heads.map((classes, at) => {
    const before = channelCount(heads.slice(0, at))
    return { classes, channels: classes.map((_, channel) => before + channel) }
  })
}

/** The networks of a method, as recipes. */
export function networksOf(method: MethodName, scenario: ScenarioName, seed: number, budget: Budget): Network[] {
  const isDropout = method.startsWith('dropout')
  // one network is trained for the three ways to test it
  const name = isDropout ? 'dropout' : method
  return plansOf(method, scenario).map((plan, part) => {
    const sources = (['tissue', 'lesion'] as const).flatMap((split) => {
      const stated = plan[split]
      if (stated === undefined) return []
      const heads = { heldHeads: SUBJECTS[split], patchesPerHead: 1 }
      return [{ kind: 'phantom-set', name: split, weight: 1, augment: AUGMENT, scenario, split, ...heads, ...stated }]
    })
    const recipe = recipeSchema.parse({
      id: `${scenario}-${name}-${seed}${part === 0 ? '' : `-${part + 1}`}`,
      version: '0.0.0',
      title: `${name}, ${scenario}, seed ${seed}`,
      seed: 1000 * seed + part,
      channels: [
        { name: 't1', title: 'T1-weighted' },
        { name: 'flair', title: 'FLAIR' },
      ],
      required: 'any',
      labels: labelsOf(jointClasses(scenario)),
      preprocess: {
        orientation: 'RAS',
        spacingMm: [2, 2, 2],
        normalize: { kind: 'foreground-zscore', quantile: 0.99, thresholdFraction: 0.15, clip: 4 },
        cropMarginMm: 4,
      },
      inference: { patchVoxels: [48, 48, 48], overlap: 0.25, blend: { kind: 'gaussian', sigmaFraction: 0.2 } },
      postprocess: { minLesionMl: 0, keepLargestComponent: false },
      heads: plan.heads,
      unet: { stem: 1, channels: [8, 16, 32], convolutions: 2 },
      data: { sources, anywhere: 0.25, dropChannel: isDropout ? DROPPED : 0, prefetch: 4 },
      patchVoxels: [32, 32, 32],
      batch: (budget.batch * sources.length) / 2,
      loss: plan.loss,
      optimiser: {
        kind: 'adamw',
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-8,
        weightDecay: 0.01,
        maxGradientNorm: 1,
      },
      schedule: { steps: budget.steps, warmupSteps: 20, peakRate: 0.004, finalRate: 0.02 },
      ema: 0.97,
      checkpointEvery: 200,
    })
    return { recipe, heads: plan.heads, reads: readsOf(plan) }
  })
}
