/** The result of one case: a subject, and what was sent of it. */
import { createHash } from 'node:crypto'
import type { Pipeline } from '../../src/model/card.ts'
import type { Evaluated } from './evaluate.ts'
import type { EvaluationList, ListedSubject } from './list.ts'

export interface CaseResult extends Omit<Evaluated, 'found'> {
  readonly name: string
  readonly group: string
  readonly note: string
  readonly licenceClass: 'A' | 'B'
  /** Channels that the model was given. */
  readonly input: readonly string[]
  readonly flipAverage: boolean
  readonly model: { readonly id: string; readonly version: string; readonly sha256: string }
  readonly device: string
  /** The hash of each file that was read. */
  readonly sha256: Readonly<Record<string, string>>
  /** SHA-256 of the subject's entry in the list and of the numbers of the card that segment() executes: what was asked. */
  readonly asked: string
}

/** One run of the network: a subject, the channels sent, mirrored or not. */
export interface Case {
  readonly subject: ListedSubject
  readonly input: readonly string[]
  readonly flipAverage: boolean
}

/** Every run that a subject asks for. */
export function casesOf(subject: ListedSubject, flipAverage: boolean): Case[] {
  const all = subject.kind === 'synthetic' ? subject.channels : Object.keys(subject.scans)
  return (subject.inputs ?? [all]).map((input) => ({ subject, input, flipAverage }))
}

/** 'nichart-subj1-lesion.t1+flair', with '.flip' where each patch was seen mirrored as well. */
export function caseName({ subject, input, flipAverage }: Case): string {
  return resultName({ name: subject.name, input, flipAverage })
}

/** The same of its result. */
export function resultName({ name, input, flipAverage }: Pick<CaseResult, 'name' | 'input' | 'flipAverage'>): string {
  return `${name}.${input.join('+')}${flipAverage ? '.flip' : ''}`
}

export function askedHash(
  subject: ListedSubject,
  { synth }: EvaluationList,
  card: Pipeline,
  finderSha256: string,
): string {
  const spec = subject.kind === 'synthetic' ? synth[subject.synth] : null
  const { preprocess, inference, postprocess } = card
  return createHash('sha256')
    .update(JSON.stringify([subject, spec, preprocess, inference, postprocess, finderSha256]))
    .digest('hex')
}
