/**
 * Why there is no label map of a study → Comprehensive SR (PS3.3, A.35.3) by TID 1500, without a measurement: what is said stands
 * in words, so that whoever opens the study sees that it was looked at, and what to do.
 */
import type { Fault } from '../errors.ts'
import { SR_STORAGE } from './object-names.ts'
import type { SourceSeries } from './source-series.ts'
import { reportModules } from './sr-document.ts'
import { evaluations, reportHead } from './sr-report.ts'
import type { DataSet } from './write-attributes.ts'
import { copiedHeader, type Making, sharedModules, sourceReferences } from './write-modules.ts'
import { type DicomObject, writeObject } from './write-object.ts'

export interface RefusalInput {
  /** The series of one study, one for each channel; patient and study are those of the first. */
  readonly sources: readonly [SourceSeries, ...SourceSeries[]]
  readonly fault: Fault
  readonly making: Making
}

export function writeRefusal({ sources, fault, making }: RefusalInput): DicomObject {
  const [source] = sources
  const shared = sharedModules(source, making, {
    sopClassUid: SR_STORAGE,
    kind: 'refusal',
    modality: 'SR',
    seriesNumber: 9004,
    seriesDescription: 'onelabel: no label map (research use only)',
  })
  const { id, version } = making.model
  const content = [
    ...reportHead(making),
    evaluations([
      `No label map was made by ${id} ${version}: the scans of this study were refused.`,
      `${fault.kind}: ${fault.message}`,
    ]),
  ]
  return writeObject(
    shared,
    reportModules(source.studyInstanceUid, evidence(sources), content),
    copiedHeader(source, false),
  )
}

/** Each series once: two channels may be two acquisitions of one. */
function evidence(sources: readonly SourceSeries[]): DataSet[] {
  return [...Map.groupBy(sources, ({ seriesInstanceUid }) => seriesInstanceUid)].map(([uid, [first, ...others]]) => {
    const slices = [...first!.slices, ...others.flatMap((other) => other.slices)]
    return { SeriesInstanceUID: uid, ReferencedSOPSequence: sourceReferences({ ...first!, slices }) }
  })
}
