/** The options of `onelabel segment --batch`, and what they say of subjects and scans. */
import { readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { isOurs } from '../cohort/describe.ts'
import { RUNS, type Runs, readBids, suffixesOf } from '../cohort/read-bids.ts'
import { readList } from '../cohort/read-list.ts'
import type { Subject } from '../cohort/subject.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, usageError } from './command.ts'

export const BATCH_HELP = `usage: onelabel segment --batch <BIDS folder or list.csv> --out <folder> [options]

One label map for each subject and session, as a BIDS derivative, and volumes.csv with a row for each; the network is loaded once.
The same command goes on where it was stopped: what is done and depends on the same scans, model and options is not done again.
A subject that fails is a row with its code, and the others go on: exit code 3. One run at a time in a folder.

  --batch <folder>    BIDS: sub-*/[ses-*/]anat/*_T1w.nii[.gz] and *_FLAIR.nii[.gz]
  --batch <list.csv>  columns: subject, session (if there are any), and channels of the model with paths relative to the list
  --out <folder>      sub-X[/ses-Y]/anat/sub-X[_ses-Y]_dseg.nii.gz, .json and .png, volumes.csv, qc.html, dseg.tsv, colour tables, logs/
  --runs first        of several scans of a sequence take the first by name, with a warning (default: that subject is refused)
  --flip-average, --affine, --strict, --sequence, --grid, --model   as for one scan
${ENGINE_HELP}`

const OPTIONS = {
  ...ENGINE_OPTIONS,
  batch: { type: 'string' },
  out: { type: 'string' },
  runs: { type: 'string' },
  'flip-average': { type: 'boolean' },
  affine: { type: 'string' },
  strict: { type: 'boolean' },
  sequence: { type: 'string' },
  grid: { type: 'string' },
  model: { type: 'string' },
} as const

/** Everything that is wrong is a usage error; null where help was asked for. */
export function parseBatchArgs(args: readonly string[]) {
  // Before they are read: who asks `--batch --help` gives no folder.
  if (args.includes('--help') || args.includes('-h')) return null
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  const { batch, out } = values
  if (batch === undefined) throw usageError('--batch <BIDS folder or list.csv> is missing')
  if (out === undefined) throw usageError('--out <folder> is missing')
  const runs = RUNS.find((one) => one === (values.runs ?? 'refuse'))
  if (runs === undefined) throw usageError(`--runs is one of ${RUNS.join(', ')}; found '${values.runs}'`)
  const options = {
    ...(values.grid !== undefined && { gridChannel: values.grid }),
    ...(values['flip-average'] && { flipAverage: true }),
    ...(values.affine !== undefined && { affine: only('affine', 'qform', values.affine) }),
    ...(values.strict && { strict: true }),
    ...(values.sequence !== undefined && { sequence: only('sequence', 'as-sent', values.sequence) }),
  }
  return { values, batch, out, runs, options }
}

export interface BatchInput {
  readonly subjects: readonly Subject[]
  /** As described in cohort/describe.ts. */
  readonly rawUri: string | null
}

/** @throws a usage error that tells everything that is wrong with a list */
export async function readBatch(
  batch: string,
  out: string,
  channels: readonly string[],
  runs: Runs,
): Promise<BatchInput> {
  const found = await stat(batch).catch((cause: unknown) => {
    throw Object.assign(usageError(`cannot read ${batch}`), { cause })
  })
  if (!(await isOurs(out))) throw usageError(`${out} holds another data set; results go into a folder of their own`)
  const { subjects, rawUri } = found.isDirectory()
    ? await ofFolder(batch, out, channels, runs)
    : { subjects: await ofList(batch, channels), rawUri: null }
  const within = subjects.flatMap(({ scans }) => Object.values(scans)).find((path) => isWithin(resolve(path), out))
  if (within !== undefined) throw usageError(`the scan ${within} lies in ${out}, where results go`)
  return { subjects, rawUri }
}

async function ofFolder(batch: string, out: string, channels: readonly string[], runs: Runs): Promise<BatchInput> {
  if (resolve(batch) === resolve(out))
    throw usageError('--out is the BIDS folder itself; results go into one of their own')
  const suffixes = suffixesOf(channels)
  if (suffixes === null)
    throw usageError(`BIDS has no name for one of the channels ${channels.join(', ')}: name the scans in a list (CSV)`)
  const subjects = await readBids(batch, suffixes, runs)
  if (subjects.length === 0) throw usageError(`${batch} holds no folder of a subject (sub-*): it is no BIDS folder`)
  const towards = relative(resolve(out), resolve(batch))
  // another drive has no relative path
  const rawUri = towards === '' || resolve(towards) === towards ? pathToFileURL(resolve(batch)).href : towards
  return { subjects, rawUri }
}

async function ofList(path: string, channels: readonly string[]): Promise<readonly Subject[]> {
  const text = await readFile(path).then(decoded)
  if (text === null) throw usageError(`${path} is no UTF-8 text`)
  const { subjects, faults } = await readList(text, dirname(resolve(path)), channels)
  if (faults.length > 0) throw usageError(`${path} cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  return subjects
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function isWithin(path: string, folder: string): boolean {
  return !relative(join(resolve(folder)), path).startsWith('..')
}

function only<C extends string>(option: string, choice: C, given: string): C {
  if (given === choice) return choice
  throw usageError(`--${option} can be ${choice}; found '${given}'`)
}
