/** `onelabel pacs check`: whether what the PACS configuration names can be reached and does what it is there for. */
import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { checkPacs } from '../pacs/check.ts'
import { readPacsConfig } from '../pacs/read-config.ts'
import { type Command, usageError } from './command.ts'

const HELP = `usage: onelabel pacs check [<file>]

Asks every source and destination of the file, or of ONELABEL_PACS_CONFIG, and prints a line about each. Nothing is stored.
The exit code is 1 when one does not do what it should.
`

/** All of them together. */
const LIMIT_MS = 120_000

export const pacs: Command = async (args) => {
  const options = { help: { type: 'boolean', short: 'h' } } as const
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const [verb, path = pathOfEnvironment(), ...more] = positionals
  if (verb !== 'check' || more.length > 0) throw usageError('it is: pacs check [<file>]')
  const read = await readPacsConfig(path)
  if (!read.ok) {
    for (const fault of read.faults) process.stderr.write(`${fault}\n`)
    return 1
  }
  const checked = await checkPacs(read.config, AbortSignal.timeout(LIMIT_MS))
  for (const { of, name, isGood, says } of checked) {
    // What went wrong begins with the name already.
    if (isGood) process.stdout.write(`${of}  ${name} ${says}\n`)
    else process.stderr.write(`${of}  ${says}\n`)
  }
  if (checked.length === 0) process.stderr.write('there is neither a source nor a destination\n')
  return checked.length > 0 && checked.every(({ isGood }) => isGood) ? 0 : 1
}

function pathOfEnvironment(): string {
  const read = readConfig(process.env)
  if (!read.ok) throw usageError(read.faults.join('\n'))
  if (read.config.pacsConfig === null) throw usageError('ONELABEL_PACS_CONFIG is not set, and no file was given')
  return read.config.pacsConfig
}
