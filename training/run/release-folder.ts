/** A network that somebody else trained: a folder with a draft of its card and its ONNX file, as `onelabel convert --card` leaves it. */
import { existsSync } from 'node:fs'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CardDraft, readDraft } from './card-draft.ts'
import type { Network } from './release.ts'

/** The seed of the phantom of the golden case. */
const SEED = 1

export function hasDraft(folder: string): boolean {
  return existsSync(join(folder, 'card.json'))
}

/** @throws an Error with everything that is wrong with the card, or that it names no network */
export async function networkOfFolder(folder: string, id?: string): Promise<Network> {
  const draft: CardDraft = await readDraft(join(folder, 'card.json'))
  const { weights } = draft
  if (weights === undefined)
    throw new Error(`the card in ${folder} names no network; onelabel convert --card writes which`)
  return {
    draft: { ...draft, id: id ?? draft.id },
    bytes: await readFile(join(folder, weights.file)),
    seed: SEED,
    async writeMore(to) {
      if (existsSync(join(folder, 'tfjs'))) await cp(join(folder, 'tfjs'), join(to, 'tfjs'), { recursive: true })
    },
  }
}
