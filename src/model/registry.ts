/**
 * The models of a folder: models/<id>/{card.json, weights, golden}. One folder is one immutable version; what is in it
 * is either exactly what its card says, or 'model-invalid'.
 */
import { createHash } from 'node:crypto'
import { createReadStream, globSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { FaultError } from '../errors.ts'
import { type Card, cardSchema } from './card.ts'

export interface Model {
  readonly card: Card
  readonly folder: string
  readonly weightsPath: string
}

/** Folders of `modelsDir` that hold a card, by name; none is 'model-invalid'. */
export function modelFolders(modelsDir: string): readonly string[] {
  const cards = globSync('*/card.json', { cwd: modelsDir }).sort()
  if (cards.length === 0) throw new FaultError('model-invalid', 'the models folder holds no model: no */card.json')
  return cards.map((path) => dirname(join(modelsDir, path)))
}

/** Every model of `modelsDir`: those whose cards say isDefault, then the others, each by id. Weights are not read. */
export async function readModels(modelsDir: string): Promise<readonly Model[]> {
  const models = await Promise.all(modelFolders(modelsDir).map(readModel))
  return models.toSorted((a, b) => Number(b.card.isDefault ?? false) - Number(a.card.isDefault ?? false))
}

/** The model of one folder, whose name is its id. @throws FaultError model-invalid, with every fault of the card */
export async function readModel(folder: string): Promise<Model> {
  const id = basename(folder)
  const parsed = cardSchema.safeParse(parseJson(id, await readFile(join(folder, 'card.json'), 'utf8')))
  if (!parsed.success) {
    throw new FaultError('model-invalid', `the card of model ${id} is wrong:\n${z.prettifyError(parsed.error)}`)
  }
  const card = parsed.data
  if (card.id !== id) throw new FaultError('model-invalid', `the card in folder ${id} is that of model ${card.id}`)
  return { card, folder, weightsPath: join(folder, card.weights.file) }
}

/** Size and SHA-256 of the weights against the card: 'model-invalid' with what was found and what was promised. */
export async function verifyWeights({ card, weightsPath }: Model): Promise<void> {
  const { id, weights } = card
  const found = await stat(weightsPath).catch((cause: unknown) => {
    throw new FaultError('model-invalid', `the weights of model ${id} cannot be read`, { cause })
  })
  if (found.size !== weights.bytes) {
    const sizes = `are ${found.size} bytes; its card says ${weights.bytes}`
    throw new FaultError('model-invalid', `the weights of model ${id} ${sizes}`)
  }
  const hash = createHash('sha256')
  await pipeline(createReadStream(weightsPath), hash)
  const sha256 = hash.digest('hex')
  if (sha256 !== weights.sha256) {
    throw new FaultError(
      'model-invalid',
      `the weights of model ${id} hash to ${sha256}; its card says ${weights.sha256}`,
    )
  }
}

/** The model of that id; without one, the first. 'unknown-model' names those there are. */
export function chooseModel<M extends { readonly card: Pick<Card, 'id'> }>(models: readonly M[], id?: string): M {
  const chosen = id === undefined ? models[0] : models.find(({ card }) => card.id === id)
  if (chosen) return chosen
  const known = models.map(({ card }) => card.id).join(', ')
  throw new FaultError('unknown-model', `there is no such model; there are: ${known}`)
}

function parseJson(id: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new FaultError('model-invalid', `the card of model ${id} is not JSON`, { cause })
  }
}
