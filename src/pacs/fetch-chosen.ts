/** Fetches what was decided on, and nothing else: the very instances of the intake's key. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type IntakeInput, intakeKey } from '../dicom/intake-key.ts'
import type { HeldStudy } from '../store/study-store.ts'
import { PacsError } from './delivery-code.ts'
import { type ChosenSeries, instancesOf } from './look.ts'
import type { PartLimits } from './multipart-related.ts'
import { intoFolder } from './sink.ts'
import type { Source } from './source.ts'

export interface Fetched {
  /** Channel → folder of its files. */
  readonly folders: Readonly<Record<string, string>>
  /** Channel → SOP Instance UIDs: what the files must turn out to be. */
  readonly instances: IntakeInput['instances']
}

/**
 * @param study one that is ready
 * @param into a folder of the caller's, empty
 * @returns null where the source does not hold any more what was decided on
 * @throws PacsError; FaultError disk-full
 */
export async function fetchChosen(
  study: HeldStudy,
  source: Source,
  computedWith: Omit<IntakeInput, 'instances'>,
  into: string,
  limits: PartLimits,
  signal: AbortSignal,
): Promise<Fetched | null> {
  const chosen = study.chosen as readonly ChosenSeries[]
  const seen = (await source.series(study, signal)) ?? []
  const series = chosen.map(({ key }) => seen.find((each) => each.key === key))
  if (series.includes(undefined)) return null
  const instances = await instancesOf(study, source, seen, chosen, signal)
  if (intakeKey({ ...computedWith, instances }) !== study.intakeKey) return null
  const folders: Record<string, string> = {}
  for (const [at, { channel, instances: counted }] of chosen.entries()) {
    const folder = join(into, channel)
    await mkdir(folder, { mode: 0o700 })
    const pulled = await source.pull(study, series[at]!, intoFolder(folder), limits, signal)
    if (pulled !== counted) throw new PacsError(source.name, 'not-all', `${pulled} instances of ${counted}`)
    folders[channel] = folder
  }
  return { folders, instances }
}
