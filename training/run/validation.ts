/**
 * Which of a run's steps is exported: the one whose running mean of the weights labels subjects apart best, measured
 * through segment(). One CSV row a look; the best so far lies in best.bin.
 */
import { existsSync } from 'node:fs'
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { z } from 'zod'
import type { Pipeline } from '../../src/model/card.ts'
import { openEngine } from '../../src/network/ort.ts'
import { exportOnnx } from '../compile/export.ts'
import { evaluateSubject } from '../evaluation/evaluate.ts'
import { availableSubjects, subjectsSchema, synthsSchema } from '../evaluation/list.ts'
import { casesOf } from '../evaluation/result.ts'
import { mean } from '../evaluation/statistics.ts'
import { readListed } from '../evaluation/subject.ts'

export const validationSchema = z.strictObject({
  /** It is looked at every so many steps, and at the last. */
  everySteps: z.int().positive(),
  synth: synthsSchema,
  /** As in an evaluation list, of which none may be one of these: who chooses by them has seen them. */
  subjects: subjectsSchema,
})

export type ValidationSpec = z.infer<typeof validationSchema>

export interface Validated {
  /** Mean over the labels. */
  readonly meanDice: number
  /** Name → mean over the cases whose truth has it. */
  readonly diceOfLabel: ReadonlyMap<string, number>
}

export interface ValidationOptions {
  /** Where the network is written for the time being. */
  readonly folder: string
  readonly dataDir: string
  readonly threads: number
}

/** Dice of the model on the subjects of `spec`; throws where a file is missing or is not the listed one. */
export async function validate(
  model: LayersModel,
  pipeline: Pipeline,
  spec: ValidationSpec,
  { folder, dataDir, threads }: ValidationOptions,
): Promise<Validated> {
  const { notes } = availableSubjects(spec, dataDir)
  if (notes.length > 0) throw new Error(`validation: ${notes.join('; ')}`)
  const path = join(folder, 'validation.onnx')
  const { bytes } = await exportOnnx(model, {})
  await writeFile(path, bytes)
  const { engine, close } = await openEngine(path, pipeline, { device: 'cpu', threads })
  const dices = new Map<string, number[]>()
  try {
    for (const subject of spec.subjects) {
      const read = await readListed(subject, spec, dataDir, pipeline.labels)
      for (const { input } of casesOf(subject, false)) {
        const { scores } = await evaluateSubject(read, pipeline, engine, { input })
        for (const { label, dice, truthMl } of scores) {
          if (truthMl > 0) dices.set(label, [...(dices.get(label) ?? []), dice ?? 0])
        }
      }
    }
  } finally {
    await close()
    await rm(path)
  }
  const diceOfLabel = new Map([...dices].map(([label, values]) => [label, mean(values)]))
  return { meanDice: mean([...diceOfLabel.values()]), diceOfLabel }
}

export interface ValidationRow {
  readonly step: number
  readonly meanDice: number
}

/** The looks of a run so far, from its CSV. */
export async function readValidations(path: string): Promise<readonly ValidationRow[]> {
  if (!existsSync(path)) return []
  const rows = (await readFile(path, 'utf8')).trimEnd().split('\n').slice(1)
  return rows.map((row) => {
    const [step, meanDice] = row.split(',').map(Number)
    return { step: step!, meanDice: meanDice! }
  })
}

/** Adds one look to the CSV, with its heading where the file is new. */
export async function appendValidation(path: string, step: number, validated: Validated): Promise<void> {
  const { meanDice, diceOfLabel } = validated
  if (!existsSync(path)) await writeFile(path, `step,mean dice,${[...diceOfLabel.keys()].join(',')}\n`)
  const values = [meanDice, ...diceOfLabel.values()].map((dice) => dice.toFixed(4))
  await appendFile(path, `${step},${values.join(',')}\n`)
}
