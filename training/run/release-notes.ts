/** What a card says that no run can know: its use, its sources with their licences, what is known to go wrong. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { cardSchema } from '../../src/model/card.ts'

const notesSchema = z.strictObject({
  intendedUse: z.string(),
  data: cardSchema.shape.training.shape.data,
  knownFailures: z.array(z.string()),
  trainedRange: cardSchema.shape.trainedRange,
  assessment: cardSchema.shape.assessment,
  isDefault: cardSchema.shape.isDefault,
})

/** Reads training/recipes/<id>.notes.json. */
export async function releaseNotes(id: string): Promise<z.infer<typeof notesSchema>> {
  return notesSchema.parse(
    JSON.parse(await readFile(join(import.meta.dirname, '../recipes', `${id}.notes.json`), 'utf8')),
  )
}
