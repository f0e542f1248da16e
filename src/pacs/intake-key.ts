/** What makes two intakes the same: the very same instances, for the same channels, through the same model and options. */
import { createHash } from 'node:crypto'
import type { Rule } from './config.ts'

export interface IntakeInput {
  /** Channel → SOP Instance UIDs, in any order. */
  readonly instances: Readonly<Record<string, readonly string[]>>
  readonly model: string
  readonly options: Readonly<Record<string, string>>
}

/** What of a rule decides on its results: the model with its version and weights, and the options of its jobs. */
export type ComputedWith = (rule: Rule) => Omit<IntakeInput, 'instances'>

/** SHA-256 in lower-case hex. */
export function intakeKey({ instances, model, options }: IntakeInput): string {
  const channels = Object.entries(instances).map(([channel, uids]) => [channel, [...new Set(uids)].sort()] as const)
  const told = [model, sorted(channels), sorted(Object.entries(options))]
  return createHash('sha256').update(JSON.stringify(told)).digest('hex')
}

function sorted<T>(entries: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}
