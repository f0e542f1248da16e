/** The models that serve, by their cards. */
import type { Card } from '../../src/model/card.ts'
import { askJson } from './request.ts'

export type { Card }

let known: Promise<readonly Card[]> | null = null

/** All cards, the default first. They are asked for once: a reload of the page sees what has changed. */
export function readCards(): Promise<readonly Card[]> {
  known ??= readAll()
  known.catch(() => {
    known = null
  })
  return known
}

async function readAll(): Promise<readonly Card[]> {
  const { models } = await askJson<{ models: readonly { readonly id: string }[] }>('v1/models')
  return Promise.all(models.map(({ id }) => askJson<Card>(`v1/models/${encodeURIComponent(id)}`)))
}

/** Channels in the words of the card. */
export function channelTitle(card: Card, name: string): string {
  return card.channels.find((channel) => channel.name === name)?.title ?? name
}
