/** Hashes that say whether two requests are the same, and whether two jobs must have the same result. */
import { createHash } from 'node:crypto'

export interface Fingerprinted {
  /** Channel → SHA-256 of its file as sent; of a comparison by the names of dated-scans.ts. */
  readonly scans: Readonly<Record<string, string>>
  readonly modelId: string
  readonly gridChannel: string
  readonly options: Readonly<Record<string, string>>
}

function sorted(entries: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1))
}

function sha256Of(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/**
 * What a caller asked for, whatever serves it: an idempotency key stands for one of these.
 * @param told what changes nothing of the result, but who hears of it, under which name, in which table it is, and what is kept
 */
export function bodyHash(
  { scans, modelId, gridChannel, options }: Fingerprinted,
  told: Readonly<Partial<Record<'name' | 'callback' | 'cohort' | 'keep', string | undefined>>> = {},
): string {
  const given = Object.values(told).some((value) => value !== undefined) ? [told] : []
  return sha256Of('body', sorted(scans), modelId, gridChannel, sorted(options), ...given)
}

/**
 * Everything a result depends on.
 * @param modelSha256 of the card, and so of the weights: a model that changed under its id gives other results
 * @param serviceVersion of the code that computes (version.ts)
 */
export function cacheKey(asked: Fingerprinted, modelSha256: string, serviceVersion: string): string {
  return sha256Of('result', bodyHash(asked), modelSha256, serviceVersion)
}
