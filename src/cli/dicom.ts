/** `onelabel dicom inspect`: what is in a folder or an archive of DICOM, and which series would be taken for which channel. */
import { access } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { judgeAll, type SeriesVerdict } from '../dicom/choose-series.ts'
import { derivedFacts } from '../dicom/judge-series.ts'
import { type DicomContents, readContents } from '../dicom/read-series.ts'
import { openSources } from '../dicom/read-sources.ts'
import { countRepairs } from '../dicom/repairs.ts'
import type { SeriesGeometry } from '../dicom/series-geometry.ts'
import { FaultError } from '../errors.ts'
import { spacingMm } from '../volume/affine.ts'
import { orientationCode } from '../volume/orientation.ts'
import { type Command, engineSettings, usageError } from './command.ts'
import { readRules, studyLimits } from './dicom-options.ts'

const HELP = `usage: onelabel dicom inspect <folder, file or zip> [--json] [--rules <file>]

For every series: what it says of itself, the rule that chose or rejected it for each channel, and its grid or why it has none.
Descriptions are shown as they stand in the files; names of patients are not. Nothing is computed and nothing is sent.

  --json          the same as JSON
  --rules <file>  rules in place of those that come with the program (src/dicom/series-rules.json)
  --help
`

export const dicom: Command = async (args) => {
  const options = {
    json: { type: 'boolean' },
    rules: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const [verb, path, ...more] = positionals
  if (verb !== 'inspect' || path === undefined || more.length > 0)
    throw usageError('it is: dicom inspect <folder, file or zip> [--json] [--rules <file>]')
  await access(path).catch((cause: unknown) => {
    throw Object.assign(usageError(`cannot read ${path}`), { cause })
  })
  const rules = await readRules(values.rules)
  const limits = studyLimits(engineSettings({ device: 'auto', threads: '0' }).limits)
  const open = await openSources([path], limits)
  try {
    const contents = await readContents(open.sources, limits)
    const told = judgeAll(contents.series, rules).map(tell)
    const text = values.json
      ? `${JSON.stringify({ ...contents.ignored, series: told }, null, 2)}\n`
      : page(told, contents)
    process.stdout.write(text)
    return 0
  } finally {
    await open.close()
  }
}

/** One series as it is shown; the JSON is this. */
function tell({ series, judgements, chosenFor }: SeriesVerdict) {
  const { grid, facts, by, planes, instances } = series
  return {
    seriesInstanceUid: series.seriesInstanceUid,
    studyInstanceUid: series.studyInstanceUid,
    frameOfReferenceUid: series.frameOfReferenceUid ?? null,
    by,
    images: planes,
    transferSyntaxes: [...new Set(instances.map(({ syntax }) => syntax.name))],
    facts,
    ...(grid instanceof FaultError
      ? { grid: null, fault: { code: grid.fault.kind, message: grid.message } }
      : { grid: shown(grid), fault: null }),
    repairs: countRepairs(instances.map(({ notes }) => notes)),
    judgements,
    chosenFor,
  }
}

function shown(grid: SeriesGeometry) {
  const { shape, affine } = grid
  return { shape, affine, spacingMm: spacingMm(affine), orientation: orientationCode(affine), ...derivedFacts(grid) }
}

type Told = ReturnType<typeof tell>

function page(told: readonly Told[], { ignored }: DicomContents): string {
  const passedOver = `passed over: ${ignored.notDicom} files that are not DICOM, ${ignored.directories} DICOMDIR\n`
  return `${told.map(paragraph).join('\n')}\n${passedOver}`
}

function paragraph({
  facts,
  by,
  images,
  grid,
  fault,
  judgements,
  chosenFor,
  repairs,
  transferSyntaxes,
  ...uids
}: Told): string {
  const ms = (name: string, value: number | undefined): string => (value === undefined ? '' : `${name} ${value} ms`)
  const part = Object.entries(by).map(([key, value]) => `${key} ${value}`)
  const settings = [
    ...[facts.modality, facts.manufacturer, facts.acquisition, facts.imageType.join('/')],
    ...[ms('TE', facts.echoTimeMs), ms('TR', facts.repetitionTimeMs), ms('TI', facts.inversionTimeMs)],
    facts.hasContrastAgent ? 'contrast agent' : '',
  ]
  const lines = [
    [facts.seriesNumber ?? '-', printable(facts.seriesDescription) || '(no description)', ...part].join('  '),
    `  ${settings
      .filter((setting) => setting !== '')
      .map(printable)
      .join(', ')}`,
    `  ${images} images, ${transferSyntaxes.join(', ')}`,
    `  series ${uids.seriesInstanceUid}`,
    fault !== null
      ? `  cannot be read: ${fault.message} (${fault.code})`
      : `  ${grid.plane}, ${grid.shape.join(' × ')} voxels of ${grid.spacingMm.map((mm) => mm.toFixed(2)).join(' × ')} mm, ${grid.orientation}`,
    ...Object.entries(judgements).map(([channel, { score, because, rejectedBy }]) =>
      rejectedBy === null
        ? `  ${channel}: ${channel === chosenFor ? 'chosen' : 'would do'}, score ${score} (${because.join('; ')})`
        : `  ${channel}: no, ${rejectedBy}`,
    ),
    ...(repairs.length > 0
      ? [`  mended: ${repairs.map(({ kind, attribute }) => `${attribute} ${kind}`).join(', ')}`]
      : []),
  ]
  return `${lines.join('\n')}\n`
}

/** Text out of a file must not steer a terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\xa0-\xff]/g, '?')
}
