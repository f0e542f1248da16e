/** Two dates as files in, a folder out: decode → compare → maps, changes.csv, report.json. What `onelabel compare` does. */
import { join } from 'node:path'
import { type Belonging, checkTogether } from '../dicom/one-series.ts'
import { FaultError } from '../errors.ts'
import type { Model } from '../model/registry.ts'
import type { NiftiGeometry } from '../nifti/geometry.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import { encodeLabels } from '../nifti/write.ts'
import type { SequenceChoice } from '../quality/check-sequences.ts'
import { oneForEachCause } from '../quality/one-for-each-cause.ts'
import { spacingMm } from '../volume/affine.ts'
import type { Grid } from '../volume/volume.ts'
import { changesCsv } from './changes-csv.ts'
import { compare, DATES, type DateName, eachDate, type OfDates } from './compare.ts'
import { buildComparison, type ComparisonReport } from './comparison-report.ts'
import type { OnProgress } from './progress.ts'
import { type InputScan, readInput } from './read-input.ts'
import { inputReport } from './report.ts'
import type { OpenNetworks } from './segment-files.ts'
import { writeWhole } from './write-whole.ts'

export interface CompareFiles {
  /** Of each date: channel name → path of what readInput() reads. */
  readonly scans: OfDates<Readonly<Record<string, string>>>
  readonly model: Model
  /** It is there; what COMPARISON_FILES names is written into it, each whole or not at all, the report last. */
  readonly outDir: string
  readonly sequence?: SequenceChoice
  readonly limits: NiftiLimits
}

export const COMPARISON_FILES = [
  'before-midway.nii.gz',
  'after-midway.nii.gz',
  'before.nii.gz',
  'after.nii.gz',
  'changes.csv',
  'report.json',
] as const

/** Faults: those of readInput(), checkTogether() and compare(); 'dicom-several-patients' where the dates are of two. */
export async function compareFiles(
  { scans: paths, model, outDir, sequence, limits }: CompareFiles,
  { engine, device, finder }: OpenNetworks,
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: OnProgress } = {},
): Promise<ComparisonReport> {
  const { card } = model
  const read = async (date: DateName) => {
    const inputs = new Map<string, InputScan>()
    for (const { name } of card.channels) {
      const path = paths[date][name]
      if (path === undefined) continue
      onProgress?.({ stage: 'decode', done: inputs.size, total: Object.keys(paths[date]).length })
      const reading = readInput(path, limits, signal)
      inputs.set(name, await reading.catch((error: unknown) => failOf(`${date}, channel ${name}`, error)))
    }
    checkTogether(belongingsOf(inputs))
    return inputs
  }
  const inputs = { before: await read('before'), after: await read('after') }
  checkOnePatient(inputs)
  const dates = eachDate((date) => ({
    scans: new Map([...inputs[date]].map(([name, { volume }]) => [name, volume])),
    sha256: new Map([...inputs[date]].map(([name, { sha256 }]) => [name, sha256])),
  }))
  const compared = await compare(dates, card, engine, {
    ...(finder && { finder }),
    ...(sequence && { sequence }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  })
  const ofFiles = DATES.flatMap((date) =>
    [...inputs[date]].flatMap(([name, { warnings }]) =>
      warnings.map(({ code, message }) => ({ code, message: `${date}: channel ${name}: ${message}` })),
    ),
  )
  const input = eachDate((date) =>
    Object.fromEntries([...inputs[date]].map(([name, scan]) => [name, inputReport(scan)])),
  )
  const warnings = oneForEachCause([...ofFiles, ...compared.warnings])
  const report = buildComparison(compared, { card, device, input }, warnings)
  const [base] = compared.usedChannels
  for (const date of DATES) {
    const { segmentation, ownLabels } = compared.dates[date]
    const shown = card.labels.filter(({ value }) => !segmentation.assessed.notAssessable.includes(value))
    const midway = await encodeLabels(segmentation.labels, geometryOf(segmentation.labels), shown)
    await writeWhole(join(outDir, `${date}-midway.nii.gz`), [midway])
    const own = await encodeLabels(ownLabels, inputs[date].get(base!)!.geometry, shown)
    await writeWhole(join(outDir, `${date}.nii.gz`), [own])
  }
  await writeWhole(join(outDir, 'changes.csv'), [Buffer.from(changesCsv(report, card.labels))])
  await writeWhole(join(outDir, 'report.json'), [Buffer.from(`${JSON.stringify(report, null, 2)}\n`)])
  return report
}

function belongingsOf(inputs: ReadonlyMap<string, InputScan>): Belonging[] {
  return [...inputs.values()].flatMap(({ dicom }) => dicom?.belonging ?? [])
}

/** NIfTI does not say whose head it is; DICOM does. */
function checkOnePatient({ before, after }: OfDates<ReadonlyMap<string, InputScan>>): void {
  const [one, other] = [before, after].map((inputs) => belongingsOf(inputs)[0]?.patientHash)
  if (one === undefined || other === undefined || one === other) return
  throw new FaultError(
    'dicom-several-patients',
    'the dates are of 2 patients by their Patient ID; a head is compared with itself alone',
  )
}

/** A grid along the world's axes as NIfTI-1 says it: sform alone, scanner coordinates, mm. */
function geometryOf({ shape, affine }: Grid): NiftiGeometry {
  return {
    version: 1,
    dim: [3, ...shape, 1, 1, 1, 1],
    pixdim: [1, ...spacingMm(affine), 0, 0, 0, 0],
    qformCode: 0,
    sformCode: 1,
    quatern: [0, 0, 0],
    qoffset: [0, 0, 0],
    srow: affine.slice(0, 12),
    xyztUnits: 2,
  }
}

/** Which of up to four files a fault is of. */
function failOf(what: string, error: unknown): never {
  if (!(error instanceof FaultError) || error.fault.kind === 'cancelled') throw error
  throw new FaultError(error.fault.kind, `${what}: ${error.message}`, { cause: error })
}
