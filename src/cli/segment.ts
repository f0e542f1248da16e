/** `onelabel segment`: files in, one label map out, in this process. */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { FaultError } from '../errors.ts'
import { segmentFiles } from '../inference/segment-files.ts'
import type { Card } from '../model/card.ts'
import { chooseModel, readModels, verifyWeights } from '../model/registry.ts'
import { openEngine } from '../network/ort.ts'
import { openFinder } from '../quality/open-finder.ts'
import { type Command, ENGINE_HELP, ENGINE_OPTIONS, engineSettings, usageError } from './command.ts'
import { progressBar } from './progress-bar.ts'
import { checkPaths } from './segment-paths.ts'
import { summaryOf } from './summary.ts'

const HELP = `usage: onelabel segment <scan> [--<channel> <scan>]… -o <labels.nii.gz> [options]

One label map for one subject's scans (.nii, .nii.gz, .mgz, .nrrd, .mha). The first scan is the first channel of the model's card
(t1); others are named: onelabel segment t1.nii.gz --flair flair.nii.gz -o labels.nii.gz

  --<channel> <scan>  a scan of that channel, e.g. --t1, --flair
  -o, --output <file> the label map, .nii.gz, on the scan's own grid
  --report <file>     volumes, lesions, timings as JSON; - for stdout
  --confidence <file> a map of how sure the network is of each voxel, 0 to 1, .nii.gz
  --flip-average      see each patch mirrored as well and average: twice the time
  --affine qform      of scans whose sform and qform differ, the qform (default: the sform)
  --strict            fail (exit code 1, no map) where what was found cannot be a brain, instead of warning
  --sequence as-sent  go on with scans that look like another sequence than they are given as
  --grid <channel>    the scan whose grid the labels get (default: the first channel that is given)
  --model <id>        (default: the one whose card says so, else the first by id; onelabel models lists them)
${ENGINE_HELP}`

const OPTIONS = {
  ...ENGINE_OPTIONS,
  output: { type: 'string', short: 'o' },
  report: { type: 'string' },
  confidence: { type: 'string' },
  'flip-average': { type: 'boolean' },
  affine: { type: 'string' },
  strict: { type: 'boolean' },
  sequence: { type: 'string' },
  grid: { type: 'string' },
  model: { type: 'string' },
} as const

export const segmentCommand: Command = async (args) => {
  // Which channels there are is known once the model is.
  const loose = parseArgs({ args: [...args], options: OPTIONS, strict: false }).values
  if (loose.help) {
    process.stdout.write(HELP)
    return 0
  }
  const modelsOption = typeof loose.models === 'string' ? loose.models : undefined
  const { modelsDir } = engineSettings({ models: modelsOption, device: 'auto', threads: '0' })
  const modelId = typeof loose.model === 'string' ? loose.model : undefined
  const model = chooseModel(await readModels(modelsDir), modelId)
  const { values, scans } = parseSegmentArgs(args, model.card)
  const { device, threads, limits } = engineSettings(values)
  const reportPath = values.report === '-' ? undefined : values.report
  const targets = [values.output, values.confidence, reportPath].filter((path) => path !== undefined)
  await checkPaths(Object.values(scans), targets)
  // Ends between two patches, with the terminal as it was and no half-written file; the second Ctrl-C ends at once.
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())

  await verifyWeights(model)
  const open = await openEngine(model.weightsPath, model.card, { device, threads }).catch((cause: unknown) => {
    if (cause instanceof FaultError || !(cause instanceof Error)) throw cause
    throw new FaultError('not-ready', cause.message.trim(), { cause })
  })
  const finder = await openFinder(threads)
  const bar = progressBar()
  try {
    const task = {
      scans,
      model,
      outPath: values.output,
      limits,
      ...(values.grid && { gridChannel: values.grid }),
      ...(values.confidence && { confidencePath: values.confidence }),
      ...(values['flip-average'] && { flipAverage: true }),
      ...(values.affine && { affine: values.affine }),
      ...(values.strict && { strict: true }),
      ...(values.sequence && { sequence: values.sequence }),
    }
    const report = await segmentFiles(
      task,
      { ...open, finder: finder.engine },
      { onProgress: bar.show, signal: interrupted.signal },
    )
    bar.stop()
    process.stderr.write(summaryOf(report, open.deviceReason))
    const json = `${JSON.stringify(report, null, 2)}\n`
    if (reportPath !== undefined) await writeFile(reportPath, json)
    else if (values.report === '-') process.stdout.write(json)
    return 0
  } finally {
    bar.stop()
    await open.close()
    await finder.close()
  }
}

/** Exported for its test. Everything that is wrong is a usage error. */
export function parseSegmentArgs(args: readonly string[], card: Pick<Card, 'channels'>) {
  const channels = card.channels.map(({ name }) => name)
  const channelOptions = Object.fromEntries(channels.map((name) => [name, { type: 'string' } as const]))
  const parsed = parseArgs({ args: [...args], allowPositionals: true, options: { ...channelOptions, ...OPTIONS } })
  const values = parsed.values as typeof parsed.values & Readonly<Record<string, string | boolean | undefined>>
  const scans: Record<string, string> = {}
  for (const name of channels) if (typeof values[name] === 'string') scans[name] = values[name]
  const [first, ...others] = parsed.positionals
  if (others.length > 0)
    throw usageError(`one scan stands alone; name the others: ${channels.map((c) => `--${c}`).join(' ')}`)
  if (first !== undefined) {
    if (scans[channels[0]!] !== undefined)
      throw usageError(`${channels[0]} is given twice: alone and as --${channels[0]}`)
    scans[channels[0]!] = first
  }
  if (Object.keys(scans).length === 0) throw usageError('no scan is given')
  const { output } = parsed.values
  const affine = only('affine', 'qform', parsed.values.affine)
  const sequence = only('sequence', 'as-sent', parsed.values.sequence)
  if (output === undefined) throw usageError('-o <labels.nii.gz> is missing')
  for (const [option, path] of [
    ['-o', output],
    ['--confidence', parsed.values.confidence],
  ] as const) {
    if (path === undefined || path.endsWith('.nii.gz')) continue
    throw usageError(`maps are gzipped NIfTI: ${option} must end in .nii.gz; found '${path}'`)
  }
  return { values: { ...parsed.values, output, affine, sequence }, scans }
}

function only<C extends string>(option: string, choice: C, given: string | undefined): C | undefined {
  if (given === undefined || given === choice) return given as C | undefined
  throw usageError(`--${option} can be ${choice}; found '${given}'`)
}
