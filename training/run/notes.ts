/** What a card says that no run can know: its use, its sources with their licences, what is known to go wrong. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { cardSchema } from '../../src/model/card.ts'

const { intendedUse, license, knownFailures, trainedRange, assessment, isDefault, training } = cardSchema.shape

const notesSchema = z.strictObject({
  intendedUse: intendedUse.optional(),
  license: license.optional(),
  data: training.shape.data.optional(),
  knownFailures: knownFailures.optional(),
  trainedRange,
  assessment,
  isDefault,
})

export type Notes = z.infer<typeof notesSchema>

/** training/recipes/<id>.notes.json of this checkout. */
const notesPath = (id: string): string => join(import.meta.dirname, '../recipes', `${id}.notes.json`)

/** @param file that must be there; left out: notesPath(), whose recipes are under this repository's licence, and nothing where there is none */
export async function readNotes(id: string, file?: string): Promise<Notes> {
  const path = file ?? notesPath(id)
  if (file === undefined && !existsSync(path)) return {}
  const parsed = notesSchema.safeParse(JSON.parse(await readFile(path, 'utf8')))
  if (parsed.success) return { ...(file === undefined && { license: 'Apache-2.0' }), ...parsed.data }
  throw new Error(`${path} holds no notes for a card:\n${z.prettifyError(parsed.error)}`)
}
