/**
 * A card before it is whole: what segment() executes must be there, and of the rest whatever somebody knows. What nobody knows is
 * filled in as such, never guessed.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { type Card, cardSchema } from '../../src/model/card.ts'

const { shape } = cardSchema

/** Every field of a card in its own form; those that the network cannot be run without are needed. */
const draftSchema = z.strictObject(shape).partial().required({
  id: true,
  version: true,
  channels: true,
  required: true,
  labels: true,
  preprocess: true,
  inference: true,
  postprocess: true,
})

export type CardDraft = z.infer<typeof draftSchema>

/** @throws an Error that names the file and every field that is wrong or missing */
export async function readDraft(file: string): Promise<CardDraft> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`cannot read the card ${file} (${cause.code})`, { cause })
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new Error(`the card ${file} is not JSON`, { cause })
  }
  const parsed = draftSchema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new Error(`the card ${file} is wrong:\n${z.prettifyError(parsed.error)}`)
}

const UNKNOWN = 'not stated'
const NO_USE_STATED =
  'Research use only, not a medical device. What it is for, and on whose scans it works, has not been stated.'
const NO_FAILURES_STATED = 'Nobody has stated what it fails on; that does not mean that it does not fail.'

/** @param made what only the release knows: the file of the network, and the golden case */
export function completeCard(draft: CardDraft, made: Pick<Card, 'weights' | 'golden'>): Card {
  const { id } = draft
  return cardSchema.parse({
    schema: 1,
    title: `${id} (no title stated)`,
    intendedUse: NO_USE_STATED,
    license: UNKNOWN,
    training: { recipe: UNKNOWN, seed: 0, commit: UNKNOWN, steps: 0, trainedHours: 0, parameters: 0, data: [] },
    evaluation: { command: `npx onelabel evaluate --model ${id}`, subjects: [] },
    knownFailures: [NO_FAILURES_STATED],
    ...draft,
    ...made,
  })
}
