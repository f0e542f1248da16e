/**
 * How far to shift the logits of the lesion labels, how sure and how large a lesion has to be (`inference.logitShift`,
 * `postprocess.minLesionConfidence`, `sureLesionVoxel` and `minLesionMl` of the recipe), on subjects that are not those of the
 * evaluation. The network runs once a case; its logits are shifted afterwards, by segment() itself.
 */
import type { Card } from '../../src/model/card.ts'
import type { Engine } from '../../src/network/engine.ts'
import { evaluateSubject, type LabelScore } from './evaluate.ts'
import type { EvaluationList, ListedSubject } from './list.ts'
import { type Case, casesOf } from './result.ts'
import { readListed } from './subject.ts'

export interface Setting {
  /** As many numbers as there are labels. */
  readonly logitShift: readonly number[]
  readonly minLesionConfidence: number
  readonly sureLesionVoxel: number
  readonly minLesionMl: number
}

/** What was found for one label under one setting. */
export interface Found {
  /** Where the truth has the label. */
  readonly dices: number[]
  readonly f1s: number[]
  /** Where it has none, of lesions. */
  readonly falseMl: number[]
}

export interface CalibrateOptions {
  readonly dataDir: string
  readonly flipAverage: boolean
  /** As in the service (evaluate.ts). */
  readonly finder: Engine
  readonly onScore: (each: Case, setting: Setting, score: LabelScore) => void
}

/** @returns one a setting, by label */
export async function calibrate(
  card: Card,
  engine: Engine,
  list: EvaluationList,
  subjects: readonly ListedSubject[],
  settings: readonly Setting[],
  { dataDir, flipAverage, finder, onScore }: CalibrateOptions,
): Promise<readonly ReadonlyMap<string, Found>[]> {
  const results = settings.map(() => new Map<string, Found>())
  for (const subject of subjects) {
    const read = await readListed(subject, list, dataDir, card.labels)
    for (const each of casesOf(subject, false)) {
      const memory = remembering(engine)
      for (const [n, setting] of settings.entries()) {
        memory.rewind()
        const options = { input: each.input, flipAverage, finder }
        const { scores } = await evaluateSubject(read, settled(card, setting), memory.engine, options)
        for (const score of scores) {
          add(results[n]!, score)
          onScore(each, setting, score)
        }
      }
    }
  }
  return results
}

function settled(card: Card, { logitShift, ...least }: Setting): Card {
  return {
    ...card,
    inference: { ...card.inference, logitShift: [...logitShift] },
    postprocess: { ...card.postprocess, ...least },
  }
}

function add(results: Map<string, Found>, { label, kind, dice, truthMl, foundMl, lesions }: LabelScore): void {
  const found = results.get(label) ?? { dices: [], f1s: [], falseMl: [] }
  results.set(label, found)
  if (truthMl > 0) found.dices.push(dice ?? 0)
  if (truthMl > 0 && lesions) found.f1s.push(lesions.f1 ?? 0)
  if (truthMl === 0 && kind === 'lesion') found.falseMl.push(foundMl)
}

/** Answers from memory from the second time on: segment() cuts the same patches of the same scans in the same order. */
function remembering(inner: Engine): { readonly engine: Engine; readonly rewind: () => void } {
  const answers: Float32Array[] = []
  let next = 0
  return {
    async engine(patch, shape) {
      answers[next] ??= Float32Array.from(await inner(patch, shape))
      return answers[next++]!
    },
    rewind() {
      next = 0
    },
  }
}
