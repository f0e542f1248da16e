/** `onelabel audit verify`: whether the audit file is still what the service wrote. */
import { parseArgs } from 'node:util'
import { verifyAudit } from '../security/verify-audit.ts'
import { type Command, usageError } from './command.ts'

const HELP = `usage: onelabel audit verify <file> [--expect <hash>]

Holds every line of <data>/audit.jsonl to the hash in the next one. Prints the number of lines and the hash of the last;
the exit code is 1 when a line was changed, removed, put in or moved. Lines cut off the end show only against a hash
that was kept elsewhere (the service logs each one): --expect says which one must be there.
`

export const audit: Command = async (args) => {
  const options = { expect: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const [verb, path, ...more] = positionals
  if (verb !== 'verify' || path === undefined || more.length > 0) throw usageError('it is: audit verify <file>')
  const { expect = null } = values
  if (expect !== null && !/^[0-9a-f]{64}$/.test(expect)) throw usageError('--expect is 64 hex digits')
  const verdict = await verifyAudit(path, expect).catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error
    process.stderr.write(`the file cannot be read (${error.code})\n`)
    return null
  })
  if (verdict === null) return 1
  const { lines, head, torn, broken, holdsExpected } = verdict
  for (const line of torn) process.stderr.write(`line ${line}: was torn while it was written; the chain goes on\n`)
  if (broken !== null) {
    process.stderr.write(`line ${broken.line}: ${broken.reason}\n`)
    return 1
  }
  process.stdout.write(`${lines} lines, the last ${head}\n`)
  if (holdsExpected !== false) return 0
  process.stderr.write('no line has the hash that was expected: lines are missing, or it is another file\n')
  return 1
}
