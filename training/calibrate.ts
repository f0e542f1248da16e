/**
 * How far to shift the logits of the lesion labels, how sure and how large a lesion has to be (`inference.logitShift`,
 * `postprocess.minLesionConfidence` and `minLesionMl` of the recipe): a table of Dice, of lesion F1 and of
 * false volume for each, on subjects that are not those of the evaluation. The network runs once a case; its logits are
 * shifted afterwards, by segment() itself.
 *
 *   node training/calibrate.ts <list.json> [--models models] [--data ../shared/data] [--shifts 0,0.5,1,1.5,2] [--confidences 0,0.6]
 *     [--least-ml 0.01,0.3] [--labels tumour]   which are shifted; else all lesions
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Engine } from '../src/inference/engine.ts'
import { openEngine } from '../src/inference/ort.ts'
import { type Card, cardSchema } from '../src/model/card.ts'
import { evaluateSubject } from './evaluate.ts'
import { readList } from './evaluation/list.ts'
import { caseName, casesOf } from './evaluation/result.ts'
import { readListed } from './evaluation/subject.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    models: { type: 'string', default: 'models' },
    data: { type: 'string', default: '../shared/data' },
    shifts: { type: 'string', default: '0,0.5,1,1.5,2' },
    confidences: { type: 'string', default: '0,0.6' },
    'least-ml': { type: 'string', default: '0.01' },
    labels: { type: 'string' },
    threads: { type: 'string', default: '0' },
  },
})
const [listFile] = positionals
if (listFile === undefined) throw new Error('usage: calibrate.ts <list.json> [--models …] [--shifts …]')
const numbers = (text: string) => text.split(',').map(Number)
const settings = numbers(values.shifts).flatMap((shift) =>
  numbers(values.confidences).flatMap((minLesionConfidence) =>
    numbers(values['least-ml']).map((minLesionMl) => ({ shift, minLesionConfidence, minLesionMl })),
  ),
)

const list = await readList(listFile)
const folder = join(values.models, list.model)
const card: Card = cardSchema.parse(JSON.parse(await readFile(join(folder, 'card.json'), 'utf8')))
const { engine, close } = await openEngine(join(folder, card.weights.file), card, {
  device: 'cpu',
  threads: Number(values.threads),
})

const named = values.labels?.split(',')
const isShifted = ({ name, kind }: Card['labels'][number]) => named?.includes(name) ?? kind === 'lesion'

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

interface Found {
  /** Where the truth has the label. */
  readonly dices: number[]
  readonly f1s: number[]
  /** Where it has none, of lesions. */
  readonly falseMl: number[]
}
const mean = (all: readonly number[]) =>
  all.length === 0 ? '–' : (all.reduce((a, b) => a + b) / all.length).toFixed(3)

/** One a setting, by label. */
const results = settings.map(() => new Map<string, Found>())
for (const subject of list.subjects) {
  const read = await readListed(subject, list, values.data, card.labels)
  for (const listed of casesOf(subject, false)) {
    const memory = remembering(engine)
    for (const [n, { shift, minLesionConfidence, minLesionMl }] of settings.entries()) {
      memory.rewind()
      const logitShift = card.labels.map((label) => (isShifted(label) ? shift : 0))
      const shifted = {
        ...card,
        inference: { ...card.inference, logitShift },
        postprocess: { ...card.postprocess, minLesionConfidence, minLesionMl },
      }
      const { scores } = await evaluateSubject(read, shifted, memory.engine, { input: listed.input })
      for (const { label, kind, dice, truthMl, foundMl, lesions } of scores) {
        const of = results[n]!.get(label) ?? { dices: [], f1s: [], falseMl: [] }
        results[n]!.set(label, of)
        if (truthMl > 0) of.dices.push(dice ?? 0)
        if (truthMl > 0 && lesions) of.f1s.push(lesions.f1 ?? 0)
        if (truthMl === 0 && kind === 'lesion') of.falseMl.push(foundMl)
        if (kind === 'lesion')
          console.log(
            `${caseName(listed)} ${shift} ${minLesionConfidence} ${minLesionMl} ${label} ${dice?.toFixed(3)} ${foundMl.toFixed(1)} of ${truthMl.toFixed(1)} mL`,
          )
      }
    }
  }
}
await close()

console.log(
  '| shift | least confidence | least mL | label | Dice | lesion F1 | without any: below 1 mL | the most, mL |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
for (const [n, { shift, minLesionConfidence, minLesionMl }] of settings.entries()) {
  for (const [label, { dices, f1s, falseMl }] of results[n]!) {
    const few = falseMl.length === 0 ? '–' : `${falseMl.filter((ml) => ml < 1).length} of ${falseMl.length}`
    const most = falseMl.length === 0 ? '–' : Math.max(...falseMl).toFixed(2)
    const setting = [shift, minLesionConfidence, minLesionMl].join(' | ')
    console.log(`| ${setting} | ${label} | ${mean(dices)} | ${mean(f1s)} | ${few} | ${most} |`)
  }
}
