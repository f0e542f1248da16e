/**
 * What an earlier run left of a subject. A result counts where its sidecar has the key of what is asked now and the hash of the map
 * that lies beside it; anything else (half of it, of another model, changed by somebody) is as if it were not there.
 */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { FAULT_KINDS, FAULTS, type Fault } from '../errors.ts'
import type { Report } from '../inference/report.ts'
import { writeWhole } from '../inference/write-whole.ts'
import { hashOf } from './hash-input.ts'
import type { Places } from './places.ts'
import type { Subject } from './subject.ts'

const sidecarSchema = z.looseObject({
  OnelabelKey: z.string(),
  MapSha256: z.string(),
  Report: z.looseObject({ gridChannel: z.string() }),
})
const failureSchema = z.object({ key: z.string(), code: z.enum(FAULT_KINDS), message: z.string() })

/** The report of a result that is whole and of this key; null where there is none. */
export async function keptReport({ map, sidecar }: Places, key: string): Promise<Report | null> {
  const read = sidecarSchema.safeParse(await readJson(sidecar))
  if (!read.success || read.data.OnelabelKey !== key) return null
  const found = await hashOf('map', map).catch(() => null)
  return found === read.data.MapSha256 ? (read.data.Report as unknown as Report) : null
}

/** What the same scans failed with, where they would again. */
export async function keptFailure({ failure }: Places, key: string): Promise<Fault | null> {
  const read = failureSchema.safeParse(await readJson(failure))
  if (!read.success || read.data.key !== key) return null
  const { code: kind, message } = read.data
  return FAULTS[kind].whose === 'caller' && FAULTS[kind].again === 'never' ? { kind, message } : null
}

/** Takes away what may lie there, so that nothing of another run stands beside what this one makes. */
export async function clearPlaces({ folder, map, picture, sidecar, failure }: Places): Promise<void> {
  for (const path of [sidecar, map, `${map}.part`, picture, failure]) await rm(path, { force: true })
  await mkdir(folder, { recursive: true })
}

export async function keepReport(places: Places, key: string, report: Report, { sources }: Subject): Promise<void> {
  const sidecar = {
    Description: 'Tissue and lesions of one label map; research use only, not a medical device',
    Sources: report.usedChannels.map((channel) => sources[channel]),
    SpatialReference: sources[report.gridChannel],
    OnelabelKey: key,
    MapSha256: await hashOf('map', places.map),
    Report: report,
  }
  await writeWhole(places.sidecar, [Buffer.from(`${JSON.stringify(sidecar, null, 2)}\n`)])
}

export async function keepFailure({ failure }: Places, key: string, { kind, message }: Fault): Promise<void> {
  await mkdir(dirname(failure), { recursive: true })
  await writeWhole(failure, [Buffer.from(`${JSON.stringify({ key, code: kind, message }, null, 2)}\n`)])
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return null
  }
}
