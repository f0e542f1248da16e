/** `onelabel compare`: two dates of one head in, what changed out, in this process. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isDicomPath } from '../dicom/read-sources.ts'
import { compareFiles } from '../inference/compare-files.ts'
import { COMPARISON_FILES, midwayScanFile } from '../inference/comparison-files.ts'
import { DATES, type DateName, type OfDates } from '../inference/dates.ts'
import type { Card } from '../model/card.ts'
import { chooseModel, readModels } from '../model/registry.ts'
import { type Command, ENGINE_HELP, ENGINE_OPTIONS, engineSettings, usageError } from './command.ts'
import { comparisonSummary } from './comparison-summary.ts'
import { runOnce } from './run-once.ts'
import { checkFolder, checkPaths } from './segment-paths.ts'

const HELP = `usage: onelabel compare --before <scan> [--before <channel>=<scan>]… --after <scan> [--after <channel>=<scan>]… --out <folder>

What changed between two dates of one head: lesions (new, grown, shrunk, gone, merged, split, unchanged), tissue and ventricles.
Both dates need the same channels. A scan without a channel's name is the first of the model's card (t1):

  onelabel compare --before t1.nii.gz --before flair=flair.nii.gz --after later-t1.nii.gz --after flair=later-flair.nii.gz --out changes

A folder or zip of DICOM that is all there is of a date is a study: its series are chosen by rules.

  --before, --after   a scan of that date; docs/compare.md says what is compared, by which rules, and what it cannot say
  --out <folder>      ${COMPARISON_FILES.join(', ')},
                      ${midwayScanFile('before', '<channel>')}, ${midwayScanFile('after', '<channel>')}
  --sequence as-sent  go on with scans that look like another sequence than they are given as
  --model <id>        (default: the one whose card says so, else the first by id; onelabel models lists them)
${ENGINE_HELP}`

const OPTIONS = {
  ...ENGINE_OPTIONS,
  before: { type: 'string', multiple: true },
  after: { type: 'string', multiple: true },
  out: { type: 'string' },
  sequence: { type: 'string' },
  model: { type: 'string' },
} as const

export const compareCommand: Command = async (args) => {
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const settings = engineSettings(values)
  const model = chooseModel(await readModels(settings.modelsDir), values.model)
  const channels = model.card.channels.map(({ name }) => name)
  const given = {
    before: datedScans('before', values.before, channels),
    after: datedScans('after', values.after, channels),
  }
  const { out, sequence } = values
  if (out === undefined) throw usageError('--out <folder> is missing')
  if (sequence !== undefined && sequence !== 'as-sent')
    throw usageError(`--sequence can be as-sent; found '${sequence}'`)
  const paths = DATES.flatMap((date) => Object.values(given[date].scans))
  await checkPaths(paths, [])
  await checkFolder(paths, out)
  const ofScans = DATES.flatMap((date) => channels.map((channel) => midwayScanFile(date, channel)))
  const targets = [...COMPARISON_FILES, ...ofScans].map((name) => join(out, name))
  await checkPaths(paths, targets)
  return runOnce(model, settings, async ({ networks, options, stopBar, scansOfStudy }) => {
    // nothing of an earlier run can lie in the place of what this one fails to make
    for (const path of targets) await rm(path, { force: true })
    const scansOf = async (date: DateName) => {
      const { scans, alone } = given[date]
      return alone !== undefined && (await isDicomPath(alone)) ? scansOfStudy(alone, date) : scans
    }
    const report = await compareFiles(
      {
        scans: { before: await scansOf('before'), after: await scansOf('after') },
        ...{ model, outDir: out, limits: settings.limits },
        ...(sequence && { sequence }),
      },
      networks,
      options,
    )
    stopBar()
    process.stderr.write(comparisonSummary(report))
    return 0
  })
}

interface DatedPaths {
  readonly scans: Readonly<Record<string, string>>
  /** A scan that nothing else of its date is given with, and whose channel is not said: of DICOM it is a study. */
  readonly alone?: string
}

/** Exported for its test. Everything that is wrong is a usage error. */
export function datedScans(
  date: keyof OfDates<unknown>,
  given: readonly string[] = [],
  channels: readonly Card['channels'][number]['name'][],
): DatedPaths {
  if (given.length === 0) throw usageError(`--${date} <scan> is missing`)
  const scans: Record<string, string> = {}
  for (const text of given) {
    const named = channels.find((name) => text.startsWith(`${name}=`))
    const channel = named ?? channels[0]!
    const path = named === undefined ? text : text.slice(named.length + 1)
    if (path === '') throw usageError(`--${date} ${text}: the scan is missing`)
    if (scans[channel] !== undefined) throw usageError(`--${date}: ${channel} is given twice`)
    scans[channel] = path
  }
  const [only] = given
  const isAlone = given.length === 1 && Object.values(scans)[0] === only
  return { scans, ...(isAlone && { alone: only! }) }
}
