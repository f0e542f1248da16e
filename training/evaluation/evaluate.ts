/** Scores of a model on labelled subjects it was not trained on, measured through segment(): the code that serves. */
import { segment } from '../../src/inference/segment.ts'
import { type LesionDetection, lesionDetection } from '../../src/measure/lesion-f1.ts'
import { dice, hd95Mm } from '../../src/measure/overlap.ts'
import { labelSizes } from '../../src/measure/size.ts'
import type { Pipeline } from '../../src/model/card.ts'
import type { Engine } from '../../src/network/engine.ts'
import { restoreLabels } from '../../src/volume/restore-labels.ts'
import type { LabelVolume } from '../../src/volume/volume.ts'
import type { WarningCode } from '../../src/warnings.ts'
import type { Subject } from './subject.ts'
import { labelValue } from './value-ranges.ts'

export interface LabelScore {
  readonly label: string
  readonly kind: 'tissue' | 'lesion'
  /** Null where neither the truth nor the prediction has the label. */
  readonly dice: number | null
  /** Null where either lacks it. */
  readonly hd95Mm: number | null
  readonly truthMl: number
  readonly foundMl: number
  /** Found − truth, in mL and as a share of the truth (null where that is nothing). */
  readonly errorMl: number
  readonly errorShare: number | null
  /** Lesion by lesion; of lesion labels only. */
  readonly lesions?: LesionDetection
}

export interface Evaluated {
  readonly scores: readonly LabelScore[]
  readonly seconds: number
  readonly warnings: readonly WarningCode[]
  /** On the truth's grid, as the model gave it. */
  readonly found: LabelVolume
}

export interface EvaluateOptions {
  /** Channels to use of those the subject has. */
  readonly input: readonly string[]
  readonly flipAverage?: boolean
  /** Where the brain is in each scan (src/quality/tissue-finder.ts), as in the service; absent: nobody knows. */
  readonly finder?: Engine
  /** Found label name → the one it counts as. */
  readonly merge?: Readonly<Record<string, string>>
}

/**
 * The labels lie on the truth's grid where its channel is among the input, else they are voted onto it. What the network finds is
 * scored, whatever the card says of these channels: its assessment is made from these scores.
 */
export async function evaluateSubject(
  subject: Subject,
  { assessment: _, ...pipeline }: Pipeline,
  engine: Engine,
  { input, flipAverage = false, finder, merge = {} }: EvaluateOptions,
): Promise<Evaluated> {
  const { truth, gridChannel, ignored } = subject
  const scans = new Map([...subject.scans].filter(([name]) => input.includes(name)))
  const startedMs = performance.now()
  const own = scans.has(gridChannel)
  const { labels, warnings } = await segment(scans, pipeline, engine, {
    flipAverage,
    ...(own && { gridChannel }),
    ...(finder && { finder, sequence: 'as-sent' }),
  })
  const seconds = (performance.now() - startedMs) / 1000
  const onGrid = own ? labels : { shape: truth.shape, affine: truth.affine, data: restoreLabels(labels, truth) }
  const found = ignored ? { ...onGrid, data: onGrid.data.map((value, at) => (ignored[at] ? 0 : value)) } : onGrid
  return {
    scores: scoresOf(merged(found, merge, pipeline), truth, subject.scored, pipeline),
    seconds,
    warnings: warnings.map(({ code }) => code),
    found,
  }
}

/** Exported for its test. */
export function scoresOf(
  found: LabelVolume,
  truth: LabelVolume,
  values: readonly number[],
  { labels }: Pick<Pipeline, 'labels'>,
): LabelScore[] {
  const overlaps = dice(found, truth, labels.length)
  const [truthSizes, foundSizes] = [labelSizes(truth, labels.length), labelSizes(found, labels.length)]
  return values.map((value) => {
    const { name, kind } = labels[value]!
    const [truthMl, foundMl] = [truthSizes[value]!.volumeMl, foundSizes[value]!.volumeMl]
    return {
      label: name,
      kind: kind === 'lesion' ? 'lesion' : 'tissue',
      dice: overlaps[value] ?? null,
      hd95Mm: hd95Mm(found, truth, value),
      truthMl,
      foundMl,
      errorMl: foundMl - truthMl,
      errorShare: truthMl === 0 ? null : (foundMl - truthMl) / truthMl,
      ...(kind === 'lesion' && { lesions: lesionDetection(found, truth, value) }),
    }
  })
}

/** The prediction in the terms of the truth: its annotators drew some labels into others. */
function merged(found: LabelVolume, merge: Readonly<Record<string, string>>, { labels }: Pipeline): LabelVolume {
  const table = labels.map(({ name, value }) => (merge[name] === undefined ? value : labelValue(merge[name], labels)))
  return { ...found, data: found.data.map((value) => table[value]!) }
}
