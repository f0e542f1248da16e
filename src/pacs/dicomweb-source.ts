/**
 * An archive as a source, by DICOMweb alone: the studies of the last days, again and again. What is new shows by the number
 * of instances; an archive that does not tell it is asked about a study only as long as that is open.
 */
import type { SourceConfig } from './config.ts'
import { PacsError } from './delivery-code.ts'
import type { Peer } from './peer.ts'
import { findInstances, findSeries, findStudies } from './qido.ts'
import type { Source } from './source.ts'
import { pullSeries } from './wado.ts'

const DAY_MS = 86_400_000

/** yyyymmdd by the clock of this machine, as archives date studies by theirs. */
export function dicomDate(ms: number): string {
  const date = new Date(ms)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`
}

export function dicomWebSource(
  config: SourceConfig & { kind: 'dicomweb' },
  peer: Peer,
  nowMs: () => number = Date.now,
): Source {
  return {
    name: config.name,
    everyMs: config.everyS * 1000,
    async changes(_cursor, signal) {
      // A day more in front: the archive's may have begun.
      const dates = { from: dicomDate(nowMs() - config.days * DAY_MS), to: dicomDate(nowMs() + DAY_MS) }
      const studies = (await findStudies(peer, dates, signal)).map(({ studyInstanceUid, instances }) => ({
        key: studyInstanceUid,
        studyInstanceUid,
        stamp: instances === undefined ? '' : String(instances),
      }))
      return { cursor: dates.to, studies, isMore: false }
    },
    find: async (studyInstanceUid, signal) =>
      (await findSeries(peer, studyInstanceUid, signal)).length === 0
        ? []
        : [{ key: studyInstanceUid, studyInstanceUid }],
    async series({ studyInstanceUid }, signal) {
      const found = await findSeries(peer, studyInstanceUid, signal)
      if (found.length === 0) return null
      return Promise.all(
        found.map(async ({ instances, ...series }) => ({
          ...series,
          key: series.seriesInstanceUid,
          number: series.number ?? null,
          instances:
            instances ?? (await findInstances(peer, studyInstanceUid, series.seriesInstanceUid, signal)).length,
          expected: null,
        })),
      )
    },
    instances: ({ studyInstanceUid }, { seriesInstanceUid }, signal) =>
      findInstances(peer, studyInstanceUid, seriesInstanceUid, signal),
    async pull({ studyInstanceUid: study }, { seriesInstanceUid: series }, sink, limits, signal) {
      const counted = (await findInstances(peer, study, series, signal)).length
      const pulled = await pullSeries(peer, { study, series }, sink, limits, signal)
      if (pulled === counted) return pulled
      throw new PacsError(peer.name, 'not-all', `${pulled} instances of ${counted}`)
    },
    close: peer.close,
  }
}
