/**
 * What a model is scored on: training/evaluation/<model>.json, a list of subjects whose files are named by path in the
 * data folder and by SHA-256. A truth is in the words of those who made it; the list says what they mean in the model's.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { synthSpecSchema } from '../sources/synth/head.ts'
import { goalSchema } from './goal.ts'

const path = z.string().regex(/^[^/].*$/, 'paths are relative to the data folder')
const channel = z.string()
/** Label of the model. */
const label = z.string()
/** "3, 8, 1000-1035" (value-ranges.ts). */
const values = z.string()

const common = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  /** Subjects that are averaged together. */
  group: z.string(),
  /** Who labelled it and how, in a sentence. */
  note: z.string(),
  /** A: free to redistribute. B: for local evaluation; no picture of it is published. */
  licenceClass: z.enum(['A', 'B']),
  /** Labels that are scored; absent: all that the truth states. */
  score: z.array(label).min(1).optional(),
  /** Found label → label it counts as, where the truth's annotators drew the one into the other. */
  merge: z.record(label, label).optional(),
  /** First averaged to slices of this thickness along a world axis (reslice.ts). */
  reslice: z.strictObject({ axis: z.enum(['R', 'A', 'S']), mm: z.number().positive() }).optional(),
  /**
   * The other scans are first laid on that of the truth's grid, as the service does where both are sent (undo-motion.ts): for a truth
   * that was drawn on one scan and is asked of another.
   */
  align: z.literal(true).optional(),
  /** The channels of each run; absent: one run with all that there are. */
  inputs: z.array(z.array(channel).min(1)).min(1).optional(),
  /** The hash of every file that is read. */
  sha256: z.record(path, z.string().regex(/^[0-9a-f]{64}$/)),
}
const scans = z.record(channel, path)

const subjectSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('labels'),
    scans,
    truth: path,
    /** The channel on whose grid the truth lies. */
    grid: channel,
    map: z.record(label, values),
    /** What a value of the truth that `map` does not name is; 0 is always background. */
    others: z.enum(['background', 'refuse']),
    /** Values of the truth that nobody is held to: what is found there is not counted. */
    ignore: values.optional(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('fractions'),
    scans,
    /** How much of a voxel is which label; a voxel is of the label with the largest share if that is a half and more. */
    fractions: z.record(label, path),
    /** The value of a whole voxel. */
    full: z.number().positive(),
    grid: channel,
  }),
  z.strictObject({
    ...common,
    kind: z.literal('absent'),
    scans,
    /** Labels that the subject has none of: all that is found of them is false. */
    absent: z.array(label).min(1),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('synthetic'),
    labelMap: path,
    /** A name in the list's `synth`. */
    synth: z.string(),
    seed: z.int(),
    channels: z.array(z.enum(['t1', 'flair'])).min(1),
    /** From the classes of training/method/label-sets.ts. */
    map: z.record(label, values),
  }),
])

/** How synthetic heads are made, by name. */
export const synthsSchema = z.record(z.string(), synthSpecSchema)
export const subjectsSchema = z
  .array(subjectSchema)
  .refine((all) => new Set(all.map((s) => s.name)).size === all.length, 'names repeat')

const listSchema = z.strictObject({
  model: z.string(),
  synth: synthsSchema,
  goals: z.array(goalSchema),
  subjects: subjectsSchema,
})

export type EvaluationList = z.infer<typeof listSchema>
export type ListedSubject = z.infer<typeof subjectSchema>

/** training/evaluation/<model>.json of this checkout. */
export const listPath = (model: string): string => join(import.meta.dirname, `${model}.json`)

export async function readList(file: string): Promise<EvaluationList> {
  return listSchema.parse(JSON.parse(await readFile(file, 'utf8')))
}

/** Every file that the subject is made of, relative to the data folder. */
export function filesOf(subject: ListedSubject): readonly string[] {
  if (subject.kind === 'synthetic') return [subject.labelMap]
  const own = subject.kind === 'labels' ? [subject.truth] : subject.kind === 'fractions' ? subject.fractions : []
  return [...Object.values(subject.scans), ...Object.values(own)]
}

/** Subjects whose files are all there, and a sentence for each that is left out. */
export function availableSubjects(
  { subjects }: Pick<EvaluationList, 'subjects'>,
  dataDir: string,
): { readonly subjects: readonly ListedSubject[]; readonly notes: readonly string[] } {
  const missing = (subject: ListedSubject) => filesOf(subject).filter((file) => !existsSync(join(dataDir, file)))
  return {
    subjects: subjects.filter((subject) => missing(subject).length === 0),
    notes: subjects
      .filter((subject) => missing(subject).length > 0)
      .map((subject) => `${subject.name}: ${missing(subject).join(', ')} not in the data folder`),
  }
}
