/** Whether an audit file (audit.ts) is what was written: every line follows the one before it. */
import { createReadStream } from 'node:fs'
import { FIRST_PREVIOUS, hashOf, lineSchema } from './audit.ts'

export interface AuditVerdict {
  readonly lines: number
  /** Hash of the last line, to compare with the one in the log. */
  readonly head: string
  /** Line numbers, from 1. */
  readonly torn: readonly number[]
  /** The first line that does not follow the one before it, and what is wrong. */
  readonly broken: { readonly line: number; readonly reason: string } | null
  /** Whether a line has the hash that was asked for; null: none was. */
  readonly holdsExpected: boolean | null
}

/** @param expected hash of a line that must be in the file. Rejects where the file cannot be read. */
export async function verifyAudit(path: string, expected: string | null = null): Promise<AuditVerdict> {
  let count = 0
  let head = FIRST_PREVIOUS
  let isFound = false
  const torn: number[] = []
  const verdict = (broken: AuditVerdict['broken']): AuditVerdict => ({
    lines: count,
    head,
    torn,
    broken,
    holdsExpected: expected === null ? null : isFound,
  })
  for await (const line of linesOf(path)) {
    count++
    const value = jsonOf(line)
    if (value === undefined) torn.push(count)
    else {
      const read = lineSchema.safeParse(value)
      if (!read.success) {
        const field = read.error.issues[0]?.path.join(' ')
        return verdict({ line: count, reason: `is no audit line: ${field === '' ? 'unknown fields' : field}` })
      }
      if (read.data.previous !== head) {
        return verdict({ line: count, reason: 'does not follow the line before it' })
      }
    }
    head = hashOf(line)
    isFound ||= head === expected
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

/** Lines by \n alone, byte for byte. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of createReadStream(path, 'latin1')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}
