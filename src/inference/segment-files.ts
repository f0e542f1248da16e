/** Files in, file out: decode → segment → encode. What the command line does, and the compute child. */
import { checkTogether } from '../dicom/one-series.ts'
import { printedIdentity } from '../dicom/printed-identity.ts'
import { FaultError } from '../errors.ts'
import type { Model } from '../model/registry.ts'
import type { Engine } from '../network/engine.ts'
import type { OpenEngine } from '../network/ort.ts'
import type { AffineChoice } from '../nifti/affine-source.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import { encodeConfidence, encodeLabels } from '../nifti/write.ts'
import type { SequenceChoice } from '../quality/check-sequences.ts'
import { oneForEachCause } from '../quality/one-for-each-cause.ts'
import { WARNINGS, type Warning } from '../warnings.ts'
import { type ObjectsTask, writeObjects } from './dicom-objects.ts'
import { framesWarning } from './frames-warning.ts'
import { chooseGridChannel } from './grid-channel.ts'
import { MOST_UNSURE } from './picture-of.ts'
import type { OnProgress } from './progress.ts'
import { type InputScan, readInput } from './read-input.ts'
import { reportRefusal } from './refusal.ts'
import { buildReport, type Report } from './report.ts'
import { segment } from './segment.ts'
import { type SheetPaths, writeSheets } from './write-sheets.ts'
import { writeWhole } from './write-whole.ts'

export interface SegmentFiles extends SheetPaths {
  /** Channel name → path of what readInput() reads. */
  readonly scans: Readonly<Record<string, string>>
  readonly model: Model
  readonly gridChannel?: string
  /** Written as `<outPath>.part`, then renamed: a file of this name is whole. */
  readonly outPath: string
  /** Where the map of the confidence (0 … 1, .nii.gz) is written, in the same way; none is made when absent. */
  readonly confidencePath?: string
  readonly flipAverage?: boolean
  /** The choice for files that state two affines. */
  readonly affine?: AffineChoice
  /** What cannot be a brain is a fault and leaves no map, where else it is a warning. */
  readonly strict?: boolean
  /** Scans that look like other sequences than their channels' are not refused. */
  readonly sequence?: SequenceChoice
  /** What is written beside the label map where its grid is that of a DICOM series; nothing when absent. */
  readonly objects?: ObjectsTask
  readonly limits: NiftiLimits
}

export interface SegmentFilesOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: OnProgress
}

/** What runs the model and, where the sequences are to be looked at, what finds tissue (quality/open-finder.ts). */
export type OpenNetworks = Pick<OpenEngine, 'engine' | 'device'> & { readonly finder?: Engine }

/** Faults: those of readInput(), checkTogether() and segment(), 'disk-full', and 'implausible-result' where it is strict. */
export async function segmentFiles(
  task: SegmentFiles,
  networks: OpenNetworks,
  options: SegmentFilesOptions = {},
): Promise<Report> {
  const { objects, scans, limits, model } = task
  try {
    return await compute(task, networks, options)
  } catch (error) {
    if (objects !== undefined) await reportRefusal(objects, error, { scans, limits, card: model.card })
    throw error
  }
}

async function compute(
  task: SegmentFiles,
  { engine, device, finder }: OpenNetworks,
  { signal, onProgress }: SegmentFilesOptions,
): Promise<Report> {
  const {
    scans: paths,
    model,
    gridChannel,
    outPath,
    confidencePath,
    flipAverage,
    affine,
    sequence,
    strict,
    objects,
    picturePath,
    pdfPath,
    limits,
  } = task
  const { card } = model
  const startedMs = performance.now()
  chooseGridChannel(Object.keys(paths), card, gridChannel) // before minutes of decoding
  const read = (name: string): Promise<InputScan> => readInput(paths[name]!, limits, signal, affine)
  const inputs = new Map<string, InputScan>()
  for (const { name } of card.channels) {
    if (paths[name] === undefined) continue
    onProgress?.({ stage: 'decode', done: inputs.size, total: Object.keys(paths).length })
    inputs.set(name, await read(name).catch((error: unknown) => failOf(name, error)))
  }
  checkTogether([...inputs.values()].flatMap(({ dicom }) => dicom?.belonging ?? []))
  const decodedMs = performance.now()
  const volumes = new Map([...inputs].map(([name, { volume }]) => [name, volume]))
  const result = await segment(volumes, card, engine, {
    twoAffines: [...inputs.keys()].filter((name) =>
      inputs.get(name)!.warnings.some(({ code }) => code === 'affines-differ'),
    ),
    ...(gridChannel !== undefined && { gridChannel }),
    ...(flipAverage && { flipAverage }),
    confidenceMap: confidencePath !== undefined,
    ...(finder && { finder }),
    ...(sequence && { sequence }),
    spent: {
      // of DICOM an overview is drawn of the scan as well
      channels: [...inputs.keys()].filter((name) => inputs.get(name)!.dicom === undefined),
      readAgain: async (name) => (await read(name)).volume,
    },
    ...((picturePath ?? pdfPath) !== undefined && { leastSure: MOST_UNSURE }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  })
  const ofFiles = [...inputs].flatMap(([name, { warnings }]) =>
    warnings.map(({ code, message }) => ({ code, message: `channel ${name}: ${message}` })),
  )
  const warnings = oneForEachCause([...ofFiles, ...framesWarning(inputs), ...result.warnings])
  if (strict) refuseImplausible(warnings)
  const segmentedMs = performance.now()
  onProgress?.({ stage: 'encode', done: 0, total: 1 })
  const { geometry, dicom, volume } = inputs.get(result.gridChannel)!
  // a table that names a label of which no voxel can be there would say that there is none
  const shown = card.labels.filter(({ value }) => !result.assessed.notAssessable.includes(value))
  const writing = (async () => {
    if (confidencePath !== undefined) {
      await writeWhole(confidencePath, [await encodeConfidence(result.confidenceMap!, geometry)])
    }
    await writeWhole(outPath, [await encodeLabels(result.labels, geometry, shown)])
  })()
  const timingsMs = { decode: decodedMs - startedMs, ...result.stagesMs, encode: 0, total: segmentedMs - startedMs }
  // made while another thread deflates the map
  const reporting = (async () =>
    buildReport({
      card,
      device,
      inputs,
      labels: result.labels,
      confidence: result.confidence,
      ...(result.confidenceMap && { confidenceMap: result.confidenceMap }),
      assessed: result.assessed,
      ...(flipAverage && { flipAverage }),
      usedChannels: result.usedChannels,
      gridChannel: result.gridChannel,
      timingsMs,
      warnings,
    }))()
  const [report] = await Promise.all([reporting, writing])
  const sheets = {
    ...{ labels: result.labels, unsure: result.leastSure, report, card },
    ...(dicom && { patient: printedIdentity(dicom.source.header) }),
    readScan: async () => (dicom ? volume : (await read(result.gridChannel)).volume),
  }
  await writeSheets({ ...(picturePath && { picturePath }), ...(pdfPath && { pdfPath }) }, sheets)
  const options = { flip: String(flipAverage ?? false), sequence: sequence ?? '' }
  const { labels } = result
  const written =
    objects && dicom && (await writeObjects(objects, { source: dicom.source, inputs, labels, report, card, options }))
  const encodeMs = performance.now() - segmentedMs
  return {
    ...report,
    ...(written && { objects: written }),
    ...(pdfPath !== undefined && { pdf: true as const }),
    timingsMs: { ...timingsMs, encode: encodeMs, total: timingsMs.total + encodeMs },
  }
}

/** @throws FaultError implausible-result, which lists what was seen */
function refuseImplausible(warnings: readonly Warning[]): void {
  const beyond = warnings.filter(({ code }) => WARNINGS[code].strict)
  if (beyond.length === 0) return
  const seen = beyond.map(({ code, message }) => `${message} (${code})`).join('; ')
  const mend = 'see whether it is the right scan, or send it without strict to get the map with its warnings'
  throw new FaultError('implausible-result', `${seen}: ${mend}`)
}

/** A request may hold several files: the fault says which. */
function failOf(channel: string, error: unknown): never {
  if (!(error instanceof FaultError) || error.fault.kind === 'cancelled') throw error
  throw new FaultError(error.fault.kind, `channel ${channel}: ${error.message}`, { cause: error })
}
