/**
 * Scores of a model on labelled subjects it was not trained on, measured through segment(): the code that serves.
 * Where a truth states tissue only, a predicted lesion counts as the white matter it lies in, as its annotators drew it.
 */
import type { Engine } from '../src/inference/engine.ts'
import { segment } from '../src/inference/segment.ts'
import { dice, hd95Mm } from '../src/measure/overlap.ts'
import type { Card } from '../src/model/card.ts'
import { voxelVolumeMl } from '../src/volume/affine.ts'
import type { LabelVolume } from '../src/volume/volume.ts'
import { LESION, WHITE } from './data/label-sets.ts'
import type { EvaluationCase, LabelledSubject } from './datasets/labelled-subject.ts'

export interface LabelScore {
  readonly label: string
  /** Null where neither the truth nor the prediction has the label. */
  readonly dice: number | null
  readonly hd95Mm: number | null
  readonly truthMl: number
  readonly foundMl: number
}

export interface CaseScore {
  readonly name: string
  readonly note: string
  readonly licenceClass: 'A' | 'B'
  /** Channels that the model was given. */
  readonly channels: readonly string[]
  readonly sha256: Readonly<Record<string, string>>
  readonly scores: readonly LabelScore[]
  readonly seconds: number
  readonly warnings: readonly string[]
}

export interface Evaluated {
  readonly score: CaseScore
  readonly subject: LabelledSubject
  /** On the truth's grid, as the model gave it. */
  readonly found: LabelVolume
}

/** @param only channels to use of those the subject has; the truth's own channel gives the grid if it is among them */
export async function evaluateCase(
  candidate: EvaluationCase,
  dataDir: string,
  card: Card,
  engine: Engine,
  only?: readonly string[],
): Promise<Evaluated | undefined> {
  const subject = await candidate.load(dataDir)
  const scans = new Map([...subject.channels].filter(([name]) => only === undefined || only.includes(name)))
  if (!scans.has(subject.truthChannel)) return undefined
  const started = performance.now()
  const result = await segment(scans, card, engine, { gridChannel: subject.truthChannel })
  const seconds = (performance.now() - started) / 1000
  const comparable = comparableTo(subject, result.labels)
  const overlaps = dice(comparable, subject.truth, card.labels.length)
  const voxelMl = voxelVolumeMl(subject.truth.affine)
  const volumeMl = (map: LabelVolume, value: number) => voxelMl * map.data.filter((label) => label === value).length
  const scores = subject.states.map((value) => ({
    label: card.labels[value]!.name,
    dice: overlaps[value] ?? null,
    hd95Mm: hd95Mm(comparable, subject.truth, value),
    truthMl: volumeMl(subject.truth, value),
    foundMl: volumeMl(comparable, value),
  }))
  const { name, note, licenceClass } = candidate
  const score = { name, note, licenceClass, channels: [...scans.keys()], sha256: subject.sha256, scores, seconds }
  return { score: { ...score, warnings: result.warnings.map(({ code }) => code) }, subject, found: result.labels }
}

/** The prediction in the terms of the truth. */
function comparableTo({ states }: LabelledSubject, labels: LabelVolume): LabelVolume {
  if (states.includes(LESION) || !states.includes(WHITE)) return labels
  return { ...labels, data: labels.data.map((label) => (label === LESION ? WHITE : label)) }
}
