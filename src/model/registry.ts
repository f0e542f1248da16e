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

/** A model that cannot serve, where the others do all the same. */
export interface LeftOut {
  /** The name of its folder. */
  readonly id: string
  readonly reason: string
}

/** Folders of `modelsDir` that hold a card, by name; none is 'model-invalid'. */
export function modelFolders(modelsDir: string): readonly string[] {
  const cards = globSync('*/card.json', { cwd: modelsDir }).sort()
  if (cards.length === 0) throw new FaultError('model-invalid', 'the models folder holds no model: no */card.json')
  return cards.map((path) => dirname(join(modelsDir, path)))
}

/** Every model of `modelsDir`: those whose cards say isDefault, then the others, each by id. Weights are not read. */
export async function readModels(modelsDir: string, sort: Sort = strictly): Promise<readonly Model[]> {
  const read = modelFolders(modelsDir).map((folder) => sort(basename(folder), () => readModel(folder)))
  const models = (await Promise.all(read)).filter((model) => model !== undefined)
  return models.toSorted((a, b) => Number(b.card.isDefault ?? false) - Number(a.card.isDefault ?? false))
}

/** What becomes of a model that is 'model-invalid': thrown on, or undefined where it is left out. */
export type Sort = <T>(id: string, ask: () => Promise<T>) => Promise<T | undefined>

/** Leaves none out. */
export const strictly: Sort = (_id, ask) => ask()

/** Leaves out models that are 'model-invalid', and remembers why. Every other error is thrown on. */
export function sortOut() {
  const faults: { readonly id: string; readonly fault: FaultError }[] = []
  const sort: Sort = (id, ask) =>
    ask().catch((error: unknown) => {
      if (!(error instanceof FaultError) || error.fault.kind !== 'model-invalid') throw error
      faults.push({ id, fault: error })
      return undefined
    })
  return {
    sort,
    leftOut: (): readonly LeftOut[] => faults.map(({ id, fault }) => ({ id, reason: fault.message })),
    /** @throws FaultError the first, where no model is good */
    requireOne(goodModels: number): void {
      if (goodModels === 0 && faults[0] !== undefined) throw faults[0].fault
    },
  }
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
