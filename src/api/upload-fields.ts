/** The words of an upload: names of channels, and the options of a form or query. */
import { FaultError } from '../errors.ts'
import { type JobOptions, OPTION_NAMES, optionsOf } from '../store/options.ts'

const NAMES = ['model', 'grid', 'name', 'cohort', 'callback', 'keep'] as const

export type Choices = { readonly [Name in Exclude<(typeof NAMES)[number], 'keep'>]?: string } & {
  readonly keepsScans?: true
  readonly options: JobOptions
}

export const OPTIONS = [...NAMES, ...OPTION_NAMES] as const

/** One line that a person reads. */
const JOB_NAME = /^[^\p{C}]{1,100}$/u

/** The name of a cohort becomes part of a path, and of the name of a file that is downloaded. */
const COHORT = /^[a-z0-9-]{1,64}$/

export function isCohortName(text: string): boolean {
  return COHORT.test(text)
}

/** What the caller chose, beside the scans. A callback is not judged here. @throws FaultError malformed-request */
export function choicesOf(values: { readonly [Name in (typeof OPTIONS)[number]]?: string }): Choices {
  const given = Object.entries(values).filter(([name]) => name !== 'keep' && NAMES.some((one) => one === name))
  const { name, cohort, keep } = values
  if (name !== undefined && !JOB_NAME.test(name)) {
    throw new FaultError(
      'malformed-request',
      'the name of a job has 1 to 100 characters, none of them a control character',
    )
  }
  if (cohort !== undefined && !isCohortName(cohort)) {
    throw new FaultError('malformed-request', 'the name of a cohort has 1 to 64 characters: a to z, 0 to 9 and -')
  }
  if (keep !== undefined && keep !== 'scans') throw new FaultError('malformed-request', 'keep must be scans')
  return { ...Object.fromEntries(given), ...(keep && { keepsScans: true }), options: optionsOf(values) }
}

/** @throws FaultError unknown-channel */
export function requireKnown(channel: string, channels: readonly string[]): void {
  if (!channels.includes(channel)) {
    throw new FaultError('unknown-channel', `a file was sent under another name than ${channels.join(', ')}`)
  }
}

/** The named values of a form or query; another name, or a name twice, is refused. What was found is not repeated. */
export function stringsOf<K extends string>(
  values: Readonly<Record<string, unknown>>,
  names: readonly K[],
): { readonly [P in K]?: string } {
  for (const [name, value] of Object.entries(values)) {
    if (!names.includes(name as K)) {
      throw new FaultError('malformed-request', `an unknown option; the known ones are: ${names.join(', ') || 'none'}`)
    }
    if (typeof value !== 'string') throw new FaultError('malformed-request', `${name} was given more than once`)
  }
  return { ...values } as { readonly [P in K]?: string }
}

type Strings = { readonly [Name in (typeof OPTIONS)[number]]?: string }

/** What the query and the form say together. @throws FaultError malformed-request where they disagree */
export function merged(query: Strings, fields: Strings): Strings {
  for (const name of OPTIONS) {
    if (query[name] !== undefined && fields[name] !== undefined && query[name] !== fields[name]) {
      throw new FaultError('malformed-request', `the field ${name} and ?${name}= differ; send one of them`)
    }
  }
  return { ...query, ...fields }
}
