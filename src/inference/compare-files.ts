/**
 * Two dates as files in, a folder out: decode → compare → scans and maps half-way, changes.csv, pictures, report.json. What
 * `onelabel compare` does, and the compute child.
 */
import { join } from 'node:path'
import { FaultError } from '../errors.ts'
import type { Model } from '../model/registry.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import type { SequenceChoice } from '../quality/check-sequences.ts'
import { oneForEachCause } from '../quality/one-for-each-cause.ts'
import { buildComparison } from './build-comparison.ts'
import { compare } from './compare.ts'
import type { ComparisonReport } from './comparison-report.ts'
import { checkOneHead, DATES, type DateName, eachDate, type OfDates } from './dates.ts'
import type { OnProgress } from './progress.ts'
import { type InputScan, readInput } from './read-input.ts'
import { inputReport } from './report.ts'
import type { OpenNetworks } from './segment-files.ts'
import { writeComparison } from './write-comparison.ts'
import { writeWhole } from './write-whole.ts'

export interface CompareFiles {
  /** For each date: channel name → path of what readInput() reads. */
  readonly scans: OfDates<Readonly<Record<string, string>>>
  readonly model: Model
  /** It is there; what COMPARISON_FILES names is written into it, each whole or not at all, the report last. */
  readonly outDir: string
  readonly sequence?: SequenceChoice
  readonly limits: NiftiLimits
}

/** Faults: those of readInput(), checkTogether() and compare(); 'dicom-several-patients' where the dates are of two. */
export async function compareFiles(
  { scans: paths, model, outDir, sequence, limits }: CompareFiles,
  { engine, device, finder }: OpenNetworks,
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: OnProgress } = {},
): Promise<ComparisonReport> {
  const { card } = model
  const startedMs = performance.now()
  const read = async (date: DateName) => {
    const inputs = new Map<string, InputScan>()
    for (const { name } of card.channels) {
      const path = paths[date][name]
      if (path === undefined) continue
      onProgress?.({ stage: 'decode', done: inputs.size, total: Object.keys(paths[date]).length })
      const reading = readInput(path, limits, signal)
      inputs.set(name, await reading.catch((error: unknown) => failOf(`${date}, channel ${name}`, error)))
    }
    return inputs
  }
  const inputs = { before: await read('before'), after: await read('after') }
  checkOneHead(eachDate((date) => [...inputs[date].values()].flatMap(({ dicom }) => dicom?.belonging ?? [])))
  const decodedMs = performance.now()
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
  const measuredMs = performance.now()
  onProgress?.({ stage: 'encode', done: 0, total: 1 })
  const timingsMs = { decode: decodedMs - startedMs, ...compared.stagesMs, encode: 0, total: measuredMs - startedMs }
  const built = buildComparison(compared, { card, device, input, timingsMs }, warnings)
  const [base] = compared.usedChannels
  const geometry = eachDate((date) => inputs[date].get(base!)!.geometry)
  await writeComparison({ compared, built, card, outDir, geometry })
  const encodeMs = performance.now() - measuredMs
  const report = {
    ...built.report,
    timingsMs: { ...timingsMs, encode: encodeMs, total: timingsMs.total + encodeMs },
  }
  await writeWhole(join(outDir, 'report.json'), [Buffer.from(`${JSON.stringify(report, null, 2)}\n`)])
  return report
}

/** Which of up to four files a fault is of. */
function failOf(what: string, error: unknown): never {
  if (!(error instanceof FaultError) || error.fault.kind === 'cancelled') throw error
  throw new FaultError(error.fault.kind, `${what}: ${error.message}`, { cause: error })
}
