/** `onelabel audit`: reads the audit out of the store, and says whether it is still what the service wrote. */
import { createWriteStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { type Config, readConfig } from '../config.ts'
import { type AuditVerdict, linesOf, verifyAudit } from '../security/verify-audit.ts'
import { openStore } from '../store/engines.ts'
import { type Command, usageError } from './command.ts'

const HELP = `usage: onelabel audit export [--out <file>]
       onelabel audit verify [<file>] [--expect <hash>]

export  prints every line of the audit, one JSON object each; verify holds each line to the hash in the next one of the
same writer, in a file or, without one, in the store itself. The store is the one of ONELABEL_DATA_DIR and
ONELABEL_DATABASE_URL. verify prints the number of lines and the hash of each writer's last; the exit code is 1 when a line
was changed, removed, put in or moved. Lines cut off the end show only against a hash that was kept elsewhere (the service
logs each one): --expect says which one must be there.
`

/** Those of the store that the environment names; it is closed when they were read. */
async function* linesOfStore(): AsyncGenerator<string> {
  const read = readConfig(process.env)
  if (!read.ok) throw usageError(read.faults.join('\n'))
  const config: Config = read.config
  // Opening makes what is missing; an audit of nothing is not what was asked for.
  if (config.databaseUrl === null && !existsSync(join(config.dataDir, 'jobs.sqlite'))) {
    throw usageError(
      `there is no store in ${config.dataDir}; ONELABEL_DATA_DIR or ONELABEL_DATABASE_URL says where it is`,
    )
  }
  const store = await openStore(config)
  try {
    yield* store.audit.lines()
  } finally {
    await store.close()
  }
}

async function exportTo(out: string | undefined): Promise<number> {
  const text = Readable.from(
    (async function* () {
      for await (const line of linesOfStore()) yield `${line}\n`
    })(),
  )
  await pipeline(text, out === undefined ? process.stdout : createWriteStream(out, { mode: 0o600 }))
  return 0
}

function told({ lines, heads, torn, broken, holdsExpected }: AuditVerdict): number {
  for (const line of torn) process.stderr.write(`line ${line}: was torn while it was written; the chain goes on\n`)
  if (broken !== null) {
    process.stderr.write(`line ${broken.line}: ${broken.reason}\n`)
    return 1
  }
  const last = Object.entries(heads).map(
    ([writer, hash]) => `, the last ${writer === '' ? '' : `of ${writer} `}${hash}`,
  )
  process.stdout.write(`${lines} lines${last.join('')}\n`)
  if (holdsExpected !== false) return 0
  process.stderr.write('no line has the hash that was expected: lines are missing, or it is another file\n')
  return 1
}

export const audit: Command = async (args) => {
  const options = {
    expect: { type: 'string' },
    out: { type: 'string', short: 'o' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const [verb, path, ...more] = positionals
  const { expect = null, out } = values
  if (verb === 'export' && path === undefined && expect === null) return exportTo(out)
  if (verb !== 'verify' || more.length > 0 || out !== undefined) {
    throw usageError('it is: audit export [--out <file>], or audit verify [<file>] [--expect <hash>]')
  }
  if (expect !== null && !/^[0-9a-f]{64}$/.test(expect)) throw usageError('--expect is 64 hex digits')
  const lines = path === undefined ? linesOfStore() : linesOf(path)
  const verdict = await verifyAudit(lines, expect).catch((error: NodeJS.ErrnoException) => {
    if (path === undefined || error.code === undefined) throw error
    process.stderr.write(`the file cannot be read (${error.code})\n`)
    return null
  })
  return verdict === null ? 1 : told(verdict)
}
