/** Searches of DICOMweb (QIDO-RS, PS3.18 10.6): pages of data sets, each asked for until there are no more. */
import { codeOfStatus, PacsError } from './delivery-code.ts'
import { type DataSet, isUid, parseDataSets, textsOf, uidOf, wholeOf } from './dicom-json.ts'
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

export interface FoundInstance {
  readonly sopInstanceUid: string
  readonly sopClassUid: string | undefined
}

const PAGE = 200
/** Of one search: 100 000 instances. */
const MOST_PAGES = 500

type Values = Readonly<Record<string, string | readonly string[]>>

/** @throws PacsError */
export async function search(peer: Peer, path: string, values: Values, signal: AbortSignal): Promise<DataSet[]> {
  const found: DataSet[] = []
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = new URLSearchParams({ limit: String(PAGE), offset: String(found.length) })
    for (const [key, value] of Object.entries(values)) for (const each of [value].flat()) query.append(key, each)
    const headers = { Accept: 'application/dicom+json' }
    const answer = await ask(peer, { path: `${path}?${query}`, headers, signal })
    const text = await textOf(peer, answer)
    // No content: nothing was found.
    if (answer.status === 204) return found
    if (answer.status !== 200) throw new PacsError(peer.name, codeOfStatus(answer.status), `HTTP ${answer.status}`)
    const sets = parseDataSets(text)
    if (sets === null) throw new PacsError(peer.name, 'not-told', 'a search was answered with something else')
    // A server that knows no offset begins again: what came before it says again.
    const isAgain = page > 0 && JSON.stringify(sets[0]) === JSON.stringify(found[0])
    if (sets.length === 0 || isAgain) return found
    found.push(...sets)
    if (sets.length < PAGE) return found
  }
  throw new PacsError(peer.name, 'too-large', `a search finds more than ${MOST_PAGES * PAGE}`)
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
    const studyInstanceUid = uidOf(set, TAGS.studyInstanceUid)
    return studyInstanceUid === undefined ? [] : [{ studyInstanceUid, instances: wholeOf(set, TAGS.studyInstances) }]
  })
}

export async function findSeries(peer: Peer, study: string, signal: AbortSignal): Promise<readonly FoundSeries[]> {
  const includefield = [TAGS.seriesDescription, TAGS.seriesInstances, TAGS.manufacturer, TAGS.seriesNumber]
  return (await search(peer, `studies/${safe(study)}/series`, { includefield }, signal)).flatMap((set) => {
    const seriesInstanceUid = uidOf(set, TAGS.seriesInstanceUid)
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

/** @param sopInstanceUid only this one */
export async function findInstances(
  peer: Peer,
  study: string,
  series: string,
  signal: AbortSignal,
  sopInstanceUid?: string,
): Promise<readonly FoundInstance[]> {
  const values: Values = sopInstanceUid === undefined ? {} : { SOPInstanceUID: sopInstanceUid }
  const path = `studies/${safe(study)}/series/${safe(series)}/instances`
  return (await search(peer, path, values, signal)).flatMap((set) => {
    const found = uidOf(set, TAGS.sopInstanceUid)
    return found === undefined ? [] : [{ sopInstanceUid: found, sopClassUid: uidOf(set, TAGS.sopClassUid) }]
  })
}

/** @throws Error (a bug) for what must not stand in a path */
export function safe(uid: string): string {
  if (!isUid(uid)) throw new Error('a UID was expected')
  return uid
}
