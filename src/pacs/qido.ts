/** Searches of DICOMweb (QIDO-RS, PS3.18 10.6): pages of data sets, each asked for until there are no more. */
import { codeOfStatus, PacsError } from './delivery-code.ts'
import { type DataSet, isUid, parseDataSets, textsOf, uidAt, wholeOf } from './dicom-json.ts'
import { ask, textOf } from './exchange.ts'
import type { Peer } from './peer.ts'
import { TAGS } from './tags.ts'

export interface FoundStudy {
  readonly studyInstanceUid: string
  /** As the archive counts them now, where it does. */
  readonly instances: number | undefined
}

export interface FoundSeries {
  readonly seriesInstanceUid: string
  readonly modality: string
  readonly number: number | undefined
  /** May name a patient: for choosing alone, never for a log. */
  readonly description: string
  readonly manufacturer: string
  readonly instances: number | undefined
}

export interface InstanceUids {
  readonly study: string
  readonly series: string
  readonly sopInstanceUid: string
}

const PAGE = 200
/** The most pages of one search. */
const MOST_PAGES = 500

type DataSets = readonly DataSet[]
type Values = Readonly<Record<string, string | readonly string[]>>

async function page(peer: Peer, path: string, values: Values, offset: number, signal: AbortSignal): Promise<DataSets> {
  const query = new URLSearchParams({ limit: String(PAGE), offset: String(offset) })
  for (const [key, value] of Object.entries(values)) for (const each of [value].flat()) query.append(key, each)
  const headers = { Accept: 'application/dicom+json' }
  const answer = await ask(peer, { path: `${path}?${query}`, headers, signal })
  const text = await textOf(peer, answer)
  // No content: nothing was found.
  if (answer.status === 204) return []
  if (answer.status !== 200) throw new PacsError(peer.name, codeOfStatus(answer.status), `HTTP ${answer.status}`)
  const sets = parseDataSets(text)
  if (sets === null) throw new PacsError(peer.name, 'not-told', 'a search was answered with something else')
  return sets
}

/** Until a page is empty: a server may give fewer at a time than it was asked for. */
async function search(peer: Peer, path: string, values: Values, signal: AbortSignal): Promise<DataSets> {
  const found: DataSet[] = []
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const sets = await page(peer, path, values, found.length, signal)
    // A server that knows no offset begins again.
    const isAgain = found.length > 0 && JSON.stringify(sets[0]) === JSON.stringify(found[0])
    if (sets.length === 0 || isAgain) return found
    found.push(...sets)
  }
  throw new PacsError(peer.name, 'too-large', `a search has more than ${MOST_PAGES} pages`)
}

/**
 * Studies with MR in them.
 * @param dates of (0008,0020), yyyymmdd
 */
export async function findStudies(
  peer: Peer,
  dates: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<readonly FoundStudy[]> {
  const values = {
    ModalitiesInStudy: 'MR',
    StudyDate: `${dates.from}-${dates.to}`,
    includefield: TAGS.studyInstances,
  }
  return (await search(peer, 'studies', values, signal)).flatMap((set) => {
    const studyInstanceUid = uidAt(set, TAGS.studyInstanceUid)
    return studyInstanceUid === undefined ? [] : [{ studyInstanceUid, instances: wholeOf(set, TAGS.studyInstances) }]
  })
}

export async function findSeries(peer: Peer, study: string, signal: AbortSignal): Promise<readonly FoundSeries[]> {
  const includefield = [TAGS.seriesDescription, TAGS.seriesInstances, TAGS.manufacturer, TAGS.seriesNumber]
  return (await search(peer, `studies/${safe(study)}/series`, { includefield }, signal)).flatMap((set) => {
    const seriesInstanceUid = uidAt(set, TAGS.seriesInstanceUid)
    if (seriesInstanceUid === undefined) return []
    return [
      {
        seriesInstanceUid,
        modality: textsOf(set, TAGS.modality)[0] ?? '',
        number: wholeOf(set, TAGS.seriesNumber),
        description: textsOf(set, TAGS.seriesDescription)[0] ?? '',
        manufacturer: textsOf(set, TAGS.manufacturer)[0] ?? '',
        instances: wholeOf(set, TAGS.seriesInstances),
      },
    ]
  })
}

/** @throws PacsError, as all of these */
export async function findInstances(
  peer: Peer,
  study: string,
  series: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const sets = await search(peer, `studies/${safe(study)}/series/${safe(series)}/instances`, {}, signal)
  return sets.flatMap((set) => uidAt(set, TAGS.sopInstanceUid) ?? [])
}

/** Searches once. @throws PacsError where that is not answered */
export async function canSearch(peer: Peer, signal: AbortSignal): Promise<void> {
  await page(peer, 'studies', { StudyInstanceUID: '2.25.0' }, 0, signal)
}

/** Whether the archive finds this very instance in this series of this study. */
export async function isFound(peer: Peer, { study, series, sopInstanceUid }: InstanceUids, signal: AbortSignal) {
  const path = `studies/${safe(study)}/series/${safe(series)}/instances`
  const sets = await page(peer, path, { SOPInstanceUID: safe(sopInstanceUid) }, 0, signal)
  return sets.some((set) => uidAt(set, TAGS.sopInstanceUid) === sopInstanceUid)
}

/** @throws Error (a bug) for what must not stand in a path */
export function safe(uid: string): string {
  if (!isUid(uid)) throw new Error('a UID was expected')
  return uid
}
