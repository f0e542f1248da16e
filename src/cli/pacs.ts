/** `onelabel pacs`: whether what the PACS configuration names does what it is there for, and what would become of a study. */
import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { checkPacs } from '../pacs/check.ts'
import { CHECK_PATIENT_ID, CHECK_STUDY_UID } from '../pacs/check-object.ts'
import type { PacsConfig } from '../pacs/config.ts'
import { PacsError } from '../pacs/delivery-code.ts'
import { isUid } from '../pacs/dicom-json.ts'
import { dryRun } from '../pacs/dry-run.ts'
import { openSource } from '../pacs/open-source.ts'
import { readPacsConfig } from '../pacs/read-config.ts'
import { type Command, usageError } from './command.ts'

const HELP = `usage: onelabel pacs check [--store] [<file>]
       onelabel pacs dry-run <Study Instance UID> [<file>]

check    asks every source and destination of the file, or of ONELABEL_PACS_CONFIG, and prints a line about each. The exit
         code is 1 when one does not do what it should.
--store  also stores one small segmentation at each destination, of the patient ONELABEL^CHECK and the same at each check, and says
         where it lies, so that it can be deleted.
dry-run  says of a study which series the sources have of it, what each may be by its name, and what each rule would do. Names
         of series are shown as they stand in the archive. The exit code is 1 when no source has it.

But for --store nothing is fetched, stored, computed or sent.
`

/** All of them together. */
const LIMIT_MS = 120_000
/** An archive may take its time to file what it got. */
const STORE_LIMIT_MS = 600_000

export const pacs: Command = async (args) => {
  const options = { help: { type: 'boolean', short: 'h' }, store: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const [verb, ...rest] = positionals
  if (verb === 'check' && rest.length <= 1) return check(await configOf(rest[0]), values.store)
  const [uid, path] = rest
  if (verb === 'dry-run' && !values.store && uid !== undefined && isUid(uid) && rest.length <= 2)
    return tryOut(await configOf(path), uid)
  throw usageError('it is: pacs check [--store] [<file>], or pacs dry-run <Study Instance UID> [<file>]')
}

async function check(config: PacsConfig | null, isStoring = false): Promise<number> {
  if (config === null) return 1
  const signal = AbortSignal.timeout(isStoring ? STORE_LIMIT_MS : LIMIT_MS)
  const checked = await checkPacs(config, signal, isStoring)
  for (const { of, name, isGood, says } of checked) {
    // What went wrong begins with the name already.
    if (isGood) process.stdout.write(`${of}  ${name} ${says}\n`)
    else process.stderr.write(`${of}  ${says}\n`)
  }
  if (config.destinations.length > 0) process.stdout.write(isStoring ? whereStored(config) : NOT_STORED)
  if (checked.length === 0) process.stderr.write('there is neither a source nor a destination\n')
  return checked.length > 0 && checked.every(({ isGood }) => isGood) ? 0 : 1
}

const NOT_STORED =
  'whether a destination stores was not tried; pacs check --store sends a small test segmentation to each of them\n'

/** Also where it failed: what refused may have kept it. */
function whereStored({ destinations }: PacsConfig): string {
  const places = destinations.map((each) =>
    each.kind === 'stow' ? each.name : `${each.name} (in the Orthanc, and where that sent it)`,
  )
  return `the test study ${CHECK_STUDY_UID} of the patient ${CHECK_PATIENT_ID} may lie at ${places.join(', ')}; delete it there\n`
}

async function tryOut(config: PacsConfig | null, uid: string): Promise<number> {
  if (config === null) return 1
  try {
    const sources = await Promise.all(config.sources.map((each) => openSource(each)))
    const lines = await dryRun(config, sources, uid, AbortSignal.timeout(LIMIT_MS))
    for (const { close } of sources) close()
    process.stdout.write(lines.map((line) => `${line}\n`).join(''))
    return lines.some((line) => line.startsWith('rule ')) ? 0 : 1
  } catch (error) {
    if (!(error instanceof PacsError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

/** null: it is faulty, which was said. */
async function configOf(path = pathOfEnvironment()): Promise<PacsConfig | null> {
  const read = await readPacsConfig(path)
  if (read.ok) return read.config
  for (const fault of read.faults) process.stderr.write(`${fault}\n`)
  return null
}

function pathOfEnvironment(): string {
  const read = readConfig(process.env)
  if (!read.ok) throw usageError(read.faults.join('\n'))
  if (read.config.pacsConfig === null) throw usageError('ONELABEL_PACS_CONFIG is not set, and no file was given')
  return read.config.pacsConfig
}
