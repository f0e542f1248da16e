/**
 * An Orthanc as a source, by its own API. `/changes` is its durable list of what came, numbered from 1: our cursor is the
 * last number that we read. All kinds of changes are looked at, NewInstance too: StableSeries is not told by an Orthanc
 * that was stopped before.
 */
import { z } from 'zod'
import type { SourceConfig } from './config.ts'
import { codeOfStatus, PacsError } from './delivery-code.ts'
import { isUid } from './dicom-json.ts'
import { ask, asPacsError, bounded } from './exchange.ts'
import type { PartLimits } from './multipart-related.ts'
import { getJson, orthancId, postJson } from './orthanc-api.ts'
import type { Peer } from './peer.ts'
import { safe } from './qido.ts'
import type { Changes, SeenSeries, Source } from './source.ts'
import type { Sink } from './wado.ts'

const PAGE = 100
/** Files under way at a time. */
const AT_ONCE = 4
const uid = z.string().refine(isUid)
const text = z.string().catch('')

const changes = z.object({
  Changes: z.array(
    z.object({ ID: z.string(), ResourceType: z.string().catch(''), Seq: z.number().int(), ChangeType: z.string() }),
  ),
  Done: z.boolean(),
  Last: z.number().int(),
})
const studies = z.array(z.object({ ID: orthancId, MainDicomTags: z.object({ StudyInstanceUID: uid }) }))
const seriesList = z.array(
  z.object({
    ID: orthancId,
    Instances: z.array(orthancId),
    ExpectedNumberOfInstances: z.number().int().positive().nullable().catch(null),
    MainDicomTags: z.object({
      SeriesInstanceUID: uid,
      Modality: text,
      SeriesDescription: text,
      Manufacturer: text,
      SeriesNumber: z.coerce.number().int().nullable().catch(null),
    }),
  }),
)
const instances = z.array(z.object({ ID: orthancId, MainDicomTags: z.object({ SOPInstanceUID: uid }) }))

/** The levels that are asked about; changes of patients, and of what was removed, are not looked at. */
const OF_STUDIES = ['Instance', 'Series', 'Study']

export function orthancSource(config: SourceConfig & { kind: 'orthanc' }, peer: Peer): Source {
  const changesAt = async (query: string, signal: AbortSignal) => {
    const found = await getJson(peer, `changes?${query}`, changes, signal)
    if (found === undefined) throw new PacsError(peer.name, 'not-there', 'no /changes: is this the root of an Orthanc?')
    return found
  }

  async function readChanges(cursor: string | null, signal: AbortSignal): Promise<Changes> {
    const { Last: last } = await changesAt('last', signal)
    if (cursor === null && config.from === 'now') return { cursor: String(last), studies: [], isMore: false }
    const known = Number(cursor ?? 0)
    // Its data base was replaced by one that has less behind it: it is read from the beginning.
    const since = known > last ? 0 : known
    const { Changes: list, Done, Last } = await changesAt(`since=${since}&limit=${PAGE}`, signal)
    const touched = list.filter(
      ({ ResourceType, ChangeType }) => OF_STUDIES.includes(ResourceType) && ChangeType !== 'Deleted',
    )
    const ids = [...new Set(touched.map(({ ID }) => ID))]
    const query = { Resources: ids, Level: 'Study', Metadata: false, Short: false }
    // Those that are gone meanwhile are left out.
    const found = ids.length === 0 ? [] : await postJson(peer, 'tools/bulk-content', query, studies, signal)
    const cursorNow = String(list.length === 0 ? since : Last)
    return {
      cursor: cursorNow,
      studies: found.map(({ ID, MainDicomTags }) => ({
        key: ID,
        studyInstanceUid: MainDicomTags.StudyInstanceUID,
        stamp: cursorNow,
      })),
      isMore: !Done,
    }
  }

  async function readSeries(key: string, signal: AbortSignal): Promise<readonly SeenSeries[] | null> {
    const found = await getJson(peer, `studies/${orthancId.parse(key)}/series`, seriesList, signal)
    if (found === undefined) return null
    return found.map(({ ID, Instances, ExpectedNumberOfInstances, MainDicomTags: tags }) => ({
      key: ID,
      seriesInstanceUid: tags.SeriesInstanceUID,
      modality: tags.Modality,
      number: tags.SeriesNumber,
      description: tags.SeriesDescription,
      manufacturer: tags.Manufacturer,
      instances: Instances.length,
      expected: ExpectedNumberOfInstances,
    }))
  }

  async function readInstances({ key }: SeenSeries, signal: AbortSignal) {
    const found = await getJson(peer, `series/${orthancId.parse(key)}/instances`, instances, signal)
    if (found === undefined) throw new PacsError(peer.name, 'not-there', 'a series is gone')
    return found
  }

  return {
    name: config.name,
    everyMs: config.everyS * 1000,
    changes: readChanges,
    async find(studyInstanceUid, signal) {
      const query = { Level: 'Study', Expand: true, Query: { StudyInstanceUID: safe(studyInstanceUid) } }
      const found = await postJson(peer, 'tools/find', query, studies, signal)
      return found.map(({ ID, MainDicomTags }) => ({ key: ID, studyInstanceUid: MainDicomTags.StudyInstanceUID }))
    },
    series: ({ key }, signal) => readSeries(key, signal),
    instances: async (_study, series, signal) =>
      (await readInstances(series, signal)).map(({ MainDicomTags }) => MainDicomTags.SOPInstanceUID),
    async pull(_study, series, sink, limits, signal) {
      const ids = (await readInstances(series, signal)).map(({ ID }) => ID)
      if (ids.length > limits.parts) {
        throw new PacsError(peer.name, 'too-large', `${ids.length} instances, more than ${limits.parts}`)
      }
      const left = [...ids.entries()]
      const one = async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          await pullFile(peer, next[1], next[0], sink, limits, signal)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, one))
      return ids.length
    },
    close: peer.close,
  }
}

async function pullFile(peer: Peer, id: string, index: number, sink: Sink, limits: PartLimits, signal: AbortSignal) {
  const { status, body } = await ask(peer, { path: `instances/${id}/file`, signal })
  try {
    if (status !== 200) throw new PacsError(peer.name, codeOfStatus(status), `HTTP ${status}`)
    await sink(index, bounded(peer, body, limits.partBytes))
  } catch (error) {
    signal.throwIfAborted()
    throw asPacsError(peer, error, true)
  } finally {
    body.destroy()
  }
}
