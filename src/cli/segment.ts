/** `onelabel segment`: files in, one label map out, in this process. */
import { parseArgs } from 'node:util'
import { isDicomPath } from '../dicom/read-sources.ts'
import { segmentFiles } from '../inference/segment-files.ts'
import type { Card } from '../model/card.ts'
import { chooseModel, readModels } from '../model/registry.ts'
import { SERVICE_VERSION, SOFTWARE_VERSION } from '../service/version.ts'
import { type Command, ENGINE_HELP, ENGINE_OPTIONS, engineSettings, usageError } from './command.ts'
import { readRules } from './dicom-options.ts'
import { runOnce } from './run-once.ts'
import { checkOutput, only, requireEnding, requireMap } from './segment-checks.ts'
import { checkFolder, checkPaths } from './segment-paths.ts'
import { clearFolder, filesFor, folderFor, pathsOf, writeColourTables, writeReport } from './segment-targets.ts'
import { summaryOf } from './summary.ts'

const HELP = `usage: onelabel segment <scan> [--<channel> <scan>]… -o <labels.nii.gz or folder> [options]
       onelabel segment <DICOM study> -o <folder> [options]
       onelabel segment --batch <BIDS folder or list.csv> --out <folder> [options]   (--batch --help says more)

One label map for one subject's scans (.nii, .nii.gz, .mgz, .nrrd, .mha; DICOM: a folder or zip of one series). The first scan is the
first channel of the model's card (t1); others are named: onelabel segment t1.nii.gz --flair flair.nii.gz -o labels.nii.gz

A folder, zip or file of DICOM that stands alone is a study: its series are chosen by rules (onelabel dicom inspect shows how).
With DICOM, -o may be a folder: labels.nii.gz, report.json, seg.dcm, sr.dcm and sc.dcm of an earlier run are replaced there.

  --<channel> <scan>  a scan of that channel, e.g. --t1, --flair
  -o, --output <file> the label map, .nii.gz, on the scan's own grid; of DICOM also a folder for all results
  --rules <file>      rules for the series of a study in place of those that come with the program
  --seg labelmap      the DICOM segmentation as a label map (few readers know it) in place of one bit a voxel and label
  --omit-empty        leave out segments without a voxel
  --report <file>     volumes, lesions, timings as JSON; - for stdout
  --colour-tables     beside the label map its colours for ITK-SNAP, FreeSurfer, FSLeyes and 3D Slicer
  --confidence <file> a map of how sure the network is of each voxel, 0 to 1, .nii.gz
  --picture <file>    planes through the largest lesions and the least sure places, labels over the scan, .png
  --pdf <file>        one page to print: views, volumes, lesions, warnings with what to do, .pdf
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
  picture: { type: 'string' },
  pdf: { type: 'string' },
  'flip-average': { type: 'boolean' },
  affine: { type: 'string' },
  strict: { type: 'boolean' },
  'colour-tables': { type: 'boolean' },
  sequence: { type: 'string' },
  rules: { type: 'string' },
  seg: { type: 'string' },
  'omit-empty': { type: 'boolean' },
  grid: { type: 'string' },
  model: { type: 'string' },
} as const

export const segmentCommand: Command = async (args) => {
  if (args.some((arg) => /^--batch(=|$)/.test(arg))) return (await import('./batch.ts')).batchCommand(args)
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
  const { values, scans, alone } = parseSegmentArgs(args, model.card)
  const paths = Object.values(scans)
  await checkPaths(paths, [])
  const areDicom = (await Promise.all(paths.map(isDicomPath))).includes(true)
  const study = areDicom ? alone : undefined
  checkOutput(values, areDicom, study !== undefined)
  const isFolder = !values.output.endsWith('.nii.gz')
  const targets = isFolder ? folderFor(values) : filesFor(values)
  const settings = engineSettings(values)
  const rules = await readRules(values.rules)
  if (isFolder) await checkFolder(paths, values.output)
  await checkPaths(paths, pathsOf(targets))
  return runOnce(model, settings, async ({ networks, options, stopBar, scansOfStudy }) => {
    await clearFolder(targets)
    const task = {
      scans: study === undefined ? scans : await scansOfStudy(study, 'study', rules),
      model,
      outPath: targets.labels,
      limits: settings.limits,
      ...(targets.objects && {
        objects: {
          paths: targets.objects,
          ...(values.seg && { seg: values.seg }),
          ...(values['omit-empty'] && { omitEmpty: true }),
          ...{ madeMs: Date.now(), softwareVersion: SOFTWARE_VERSION, codeVersion: SERVICE_VERSION },
        },
      }),
      ...(values.grid && { gridChannel: values.grid }),
      ...(targets.confidence && { confidencePath: targets.confidence }),
      ...(targets.picture && { picturePath: targets.picture }),
      ...(targets.pdf && { pdfPath: targets.pdf }),
      ...(values['flip-average'] && { flipAverage: true }),
      ...(values.affine && { affine: values.affine }),
      ...(values.strict && { strict: true }),
      ...(values.sequence && { sequence: values.sequence }),
    }
    const report = await segmentFiles(task, networks, options)
    stopBar()
    process.stderr.write(summaryOf(report, networks.deviceReason))
    if (values['colour-tables']) await writeColourTables(targets, model.card.labels)
    await writeReport(targets, report)
    return 0
  })
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
  const seg = only('seg', 'labelmap', parsed.values.seg)
  if (output === undefined) throw usageError('-o <labels.nii.gz> is missing')
  requireMap('--confidence', parsed.values.confidence)
  requireEnding('--picture', '.png', parsed.values.picture)
  requireEnding('--pdf', '.pdf', parsed.values.pdf)
  // A scan that nothing else is given with, and whose channel is not said.
  const alone = Object.keys(scans).length === 1 ? first : undefined
  return { values: { ...parsed.values, output, affine, sequence, seg }, scans, alone }
}
