/** What a reload did to the set of models. */
import type { Card } from '../model/card.ts'

export interface ModelName {
  readonly id: string
  readonly version: string
  readonly sha256: string
}

export interface ModelsChange {
  readonly added: readonly ModelName[]
  readonly removed: readonly ModelName[]
  /** The same id with another card; `was` may differ from it in nothing but what the hash and the version do not cover. */
  readonly replaced: readonly (ModelName & { readonly was: Omit<ModelName, 'id'> })[]
  readonly unchanged: readonly ModelName[]
}

/** Every model of either set is in one list, in the order of its set. A card that differs anywhere is another one. */
export function modelsChange(before: readonly Card[], after: readonly Card[]): ModelsChange {
  const beforeById = new Map(before.map((card) => [card.id, card]))
  const afterIds = new Set(after.map(({ id }) => id))
  const isSame = (card: Card) => JSON.stringify(beforeById.get(card.id)) === JSON.stringify(card)
  return {
    added: after.filter(({ id }) => !beforeById.has(id)).map(nameOf),
    removed: before.filter(({ id }) => !afterIds.has(id)).map(nameOf),
    replaced: after
      .filter((card) => beforeById.has(card.id) && !isSame(card))
      .map((card) => {
        const { id: _, ...was } = nameOf(beforeById.get(card.id)!)
        return { ...nameOf(card), was }
      }),
    unchanged: after.filter(isSame).map(nameOf),
  }
}

function nameOf({ id, version, weights }: Card): ModelName {
  return { id, version, sha256: weights.sha256 }
}
