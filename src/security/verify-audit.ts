/** Whether audit lines (audit.ts) are what was written: every line follows the one of the same writer before it. */
import { createReadStream } from 'node:fs'
import { FIRST_PREVIOUS, hashOf, parseLine } from './audit.ts'

export interface AuditVerdict {
  readonly lines: number
  /** Hash of each writer's last line, to compare with those in the log; '' is the writer of files that name none. */
  readonly heads: Readonly<Record<string, string>>
  /** Line numbers, from 1. */
  readonly torn: readonly number[]
  /** The first line that does not follow the one before it, and what is wrong. */
  readonly broken: { readonly line: number; readonly reason: string } | null
  /** Whether a line has the hash that was asked for; null: none was. */
  readonly holdsExpected: boolean | null
}

/**
 * @param lines of any number of writers, each writer's in order
 * @param expected hash of a line that must be among them
 */
export async function verifyAudit(lines: AsyncIterable<string>, expected: string | null = null): Promise<AuditVerdict> {
  let count = 0
  let writer = ''
  const heads = new Map<string, string>()
  let isFound = false
  const torn: number[] = []
  const verdict = (broken: AuditVerdict['broken']): AuditVerdict => ({
    lines: count,
    heads: Object.fromEntries(heads),
    torn,
    broken,
    holdsExpected: expected === null ? null : isFound,
  })
  for await (const line of lines) {
    count++
    const value = jsonOf(line)
    if (value === undefined) torn.push(count)
    else {
      const read = parseLine(value)
      if (!read.success) {
        const field = read.error.issues[0]?.path.join(' ')
        return verdict({ line: count, reason: `is no audit line: ${field === '' ? 'unknown fields' : field}` })
      }
      writer = read.data.writer ?? ''
      if (read.data.previous !== (heads.get(writer) ?? FIRST_PREVIOUS)) {
        return verdict({ line: count, reason: 'does not follow the line before it' })
      }
    }
    const hash = hashOf(line)
    heads.set(writer, hash)
    isFound ||= hash === expected
  }
  return verdict(null)
}

/** undefined: no JSON, so torn; the next line's hash still vouches for it. */
function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Lines of a file by \n alone, byte for byte. Rejects where the file cannot be read. */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of createReadStream(path, 'latin1')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}
