/**
 * How far to shift the logits of the lesion labels, how sure and how large a lesion has to be (`inference.logitShift`,
 * `postprocess.minLesionConfidence` and `minLesionMl` of the recipe): a table of Dice, of lesion F1 and of
 * false volume for each, on subjects that are not those of the evaluation. The network runs once a case; its logits are
 * shifted afterwards, by segment() itself.
 *
 *   node training/cli/calibrate.ts <list.json> --shift tumour=0,0.5,1 --shift oedema=0,0.5 [--models models] [--data ../shared/data]
 *     [--confidences 0,0.6] [--least-ml 0.01,0.3] [--flip-average]
 *
 * Every combination is tried; labels without a --shift are not shifted.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Card, cardSchema } from '../../src/model/card.ts'
import type { Engine } from '../../src/network/engine.ts'
import { openEngine } from '../../src/network/ort.ts'
import { evaluateSubject } from '../evaluation/evaluate.ts'
import { readList } from '../evaluation/list.ts'
import { caseName, casesOf } from '../evaluation/result.ts'
import { mean, meanAndError, standardError } from '../evaluation/statistics.ts'
import { readListed } from '../evaluation/subject.ts'
import { labelValue } from '../evaluation/value-ranges.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    models: { type: 'string', default: 'models' },
    data: { type: 'string', default: '../shared/data' },
    shift: { type: 'string', multiple: true, default: [] },
    confidences: { type: 'string', default: '0' },
    'least-ml': { type: 'string', default: '0.01' },
    'flip-average': { type: 'boolean', default: false },
    threads: { type: 'string', default: '0' },
  },
})
const [listFile] = positionals
if (listFile === undefined) throw new Error('usage: calibrate.ts <list.json> --shift <label>=<numbers> …')

function numbers(text: string): number[] {
  const all = text.split(',').map((one) => (one.trim() === '' ? Number.NaN : Number(one)))
  if (!all.every(Number.isFinite)) throw new Error(`expected numbers with commas between them, not '${text}'`)
  return all
}

const list = await readList(listFile)
const folder = join(values.models, list.model)
const card: Card = cardSchema.parse(JSON.parse(await readFile(join(folder, 'card.json'), 'utf8')))

/** logitShift for every combination of the shifts asked for. */
const logitShifts = values.shift.reduce<number[][]>(
  (all, text) => {
    const [label = '', tried = ''] = text.split('=')
    const value = labelValue(label, card.labels)
    return all.flatMap((one) => numbers(tried).map((shift) => one.with(value, shift)))
  },
  [card.labels.map(() => 0)],
)
const settings = logitShifts.flatMap((logitShift) =>
  numbers(values.confidences).flatMap((minLesionConfidence) =>
    numbers(values['least-ml']).map((minLesionMl) => ({ logitShift, minLesionConfidence, minLesionMl })),
  ),
)
const written = ({ logitShift }: (typeof settings)[number]) =>
  card.labels.flatMap(({ name, value }) => (logitShift[value] ? [`${name} ${logitShift[value]}`] : [])).join(' ') ||
  'none'

const { engine, close } = await openEngine(join(folder, card.weights.file), card, {
  device: 'cpu',
  threads: Number(values.threads),
})

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

/** One a setting, by label. */
const results = settings.map(() => new Map<string, Found>())
for (const subject of list.subjects) {
  const read = await readListed(subject, list, values.data, card.labels)
  for (const listed of casesOf(subject, false)) {
    const memory = remembering(engine)
    for (const [n, setting] of settings.entries()) {
      const { logitShift, minLesionConfidence, minLesionMl } = setting
      memory.rewind()
      const shifted = {
        ...card,
        inference: { ...card.inference, logitShift },
        postprocess: { ...card.postprocess, minLesionConfidence, minLesionMl },
      }
      const { scores } = await evaluateSubject(read, shifted, memory.engine, {
        input: listed.input,
        flipAverage: values['flip-average'],
      })
      for (const { label, kind, dice, truthMl, foundMl, lesions } of scores) {
        const of = results[n]!.get(label) ?? { dices: [], f1s: [], falseMl: [] }
        results[n]!.set(label, of)
        if (truthMl > 0) of.dices.push(dice ?? 0)
        if (truthMl > 0 && lesions) of.f1s.push(lesions.f1 ?? 0)
        if (truthMl === 0 && kind === 'lesion') of.falseMl.push(foundMl)
        if (kind === 'lesion')
          console.log(
            `${caseName(listed)} ${written(setting)} ${minLesionConfidence} ${minLesionMl} ${label} ${dice?.toFixed(3)} ${foundMl.toFixed(1)} of ${truthMl.toFixed(1)} mL`,
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
for (const [n, setting] of settings.entries()) {
  for (const [label, { dices, f1s, falseMl }] of results[n]!) {
    const few = falseMl.length === 0 ? '–' : `${falseMl.filter((ml) => ml < 1).length} of ${falseMl.length}`
    const most = falseMl.length === 0 ? '–' : Math.max(...falseMl).toFixed(2)
    const columns = [written(setting), setting.minLesionConfidence, setting.minLesionMl].join(' | ')
    const [dice, f1] = [dices, f1s].map((of) => meanAndError(mean(of), standardError(of)))
    console.log(`| ${columns} | ${label} | ${dice} | ${f1} | ${few} | ${most} |`)
  }
}
