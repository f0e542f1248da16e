/** `onelabel keys new`: a key for a caller, and the line by which the service knows it. */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { SCOPES } from '../security/identity.ts'
import { keyIdFault, newKey } from '../security/keys.ts'
import { type Command, usageError } from './command.ts'

const HELP = `usage: onelabel keys new --id <name> [options] >> keys.jsonl

Makes an API key. The key goes to stderr, once: nobody can find it again. The line for the file that ONELABEL_KEYS_FILE
names goes to stdout; it holds only a hash. A running service reads the file again when it changes.

  --id <name>       whose key it is: 1 to 40 of a-z, 0-9 and -; jobs belong to it, so keep it when you change the key
  --scope <scope>   ${SCOPES.join(', ')} (default: submit; may be given more than once)
  --expires <time>  such as 2027-01-01T00:00:00Z (default: never)
  --jobs <number>   it may have at a time
  --bytes <number>  of uploads it may have at a time
  --help
`

export const keys: Command = async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      id: { type: 'string' },
      scope: { type: 'string', multiple: true, default: ['submit'] },
      expires: { type: 'string' },
      jobs: { type: 'string' },
      bytes: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  if (positionals.join(' ') !== 'new') throw usageError("the one thing to do with keys is 'new'")
  const { id = '', expires } = values
  const idFault = keyIdFault(id)
  if (idFault !== null) throw usageError(`--id: ${idFault}; found '${id}'`)
  const limits = { ...limitOf('jobs', values.jobs), ...limitOf('bytes', values.bytes) }
  const { key, line } = newKey(id, randomBytes(32), {
    scopes: values.scope.map(scopeOf),
    ...(expires !== undefined && { expires: timeOf(expires) }),
    ...(Object.keys(limits).length > 0 && { limits }),
  })
  process.stdout.write(`${line}\n`)
  process.stderr.write(`${key}\n`)
  return 0
}

function scopeOf(text: string): (typeof SCOPES)[number] {
  const scope = SCOPES.find((each) => each === text)
  if (scope === undefined) throw usageError(`--scope is one of ${SCOPES.join(', ')}; found '${text}'`)
  return scope
}

function limitOf(name: 'jobs' | 'bytes', text: string | undefined): Partial<Record<'jobs' | 'bytes', number>> {
  if (text === undefined) return {}
  if (!/^[1-9]\d{0,14}$/.test(text)) throw usageError(`--${name} is a whole number from 1; found '${text}'`)
  return { [name]: Number(text) }
}

/** With its zone, or the machine's would decide when a key ends. */
function timeOf(text: string): string {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/
  if (!form.test(text) || Number.isNaN(Date.parse(text))) {
    throw usageError(`--expires is a time with its zone, such as 2027-01-01T00:00:00Z; found '${text}'`)
  }
  return new Date(text).toISOString()
}
