/**
 * The results of an evaluation on the disk, a JSON line a case. Lines are appended as cases finish, so that a run that was killed goes
 * on where it was, and sorted by the names of their cases at the end, so that two evaluations differ by the lines of what changed.
 */
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readFile, rename, truncate, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type CaseResult, resultName } from './result.ts'

/** The file's name in the folder of a model's results. */
export const RESULTS = 'cases.jsonl'

/**
 * By the names of their cases; of two lines of the same case the later one counts. A last line without its end is what a killed run
 * was writing, and counts for nothing.
 *
 * @throws an Error that names the line which holds no result
 */
export async function readResults(file: string): Promise<ReadonlyMap<string, CaseResult>> {
  if (!existsSync(file)) return new Map()
  const lines = wholeLines(await readFile(file, 'utf8'))
    .split('\n')
    .slice(0, -1)
  return new Map(
    lines.map((line, at) => {
      const result = resultOf(line)
      if (result === undefined) throw new Error(`${file}: line ${at + 1} is no result of an evaluation`)
      return [resultName(result), result]
    }),
  )
}

/** The same, of a file that lines will be appended to: what a killed run was writing is cut off. */
export async function openResults(file: string): Promise<ReadonlyMap<string, CaseResult>> {
  if (existsSync(file)) await truncate(file, Buffer.byteLength(wholeLines(await readFile(file, 'utf8'))))
  return readResults(file)
}

export async function appendResult(file: string, result: CaseResult): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await appendFile(file, `${JSON.stringify(result)}\n`)
}

/** Sorts the lines by the names of their cases, a line a case. Those of other weights than `sha256` are let go. */
export async function sortResults(file: string, sha256: string): Promise<void> {
  if (!existsSync(file)) return
  const all = [...(await readResults(file))].filter(([, { model }]) => model.sha256 === sha256)
  const sorted = all.toSorted(([a], [b]) => (a < b ? -1 : 1))
  const text = sorted.map(([, result]) => `${JSON.stringify(result)}\n`).join('')
  if (text === (await readFile(file, 'utf8'))) return
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
}

const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1)

function resultOf(line: string): CaseResult | undefined {
  try {
    const value = JSON.parse(line) as Partial<CaseResult> | null
    return Array.isArray(value?.scores) && Array.isArray(value.input) ? (value as CaseResult) : undefined
  } catch {
    return undefined
  }
}
