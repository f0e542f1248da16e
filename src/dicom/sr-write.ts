/** Measurements → Comprehensive SR (PS3.3, A.35.3) by TID 1500, with references to the segmentation and to the source. */
import { SR_STORAGE } from './object-names.ts'
import type { SourceSeries } from './source-series.ts'
import { reportModules } from './sr-document.ts'
import { type ReportInput, reportContent } from './sr-report.ts'
import type { DataSet } from './write-attributes.ts'
import { copiedHeader, sharedModules, sourceReferences } from './write-modules.ts'
import { type DicomObject, writeObject } from './write-object.ts'

export interface SrInput extends Omit<ReportInput, 'sourceSeriesUid'> {
  readonly source: SourceSeries
}

export function writeSr({ source, ...input }: SrInput): DicomObject {
  const shared = sharedModules(source, input.making, {
    sopClassUid: SR_STORAGE,
    kind: 'sr',
    modality: 'SR',
    seriesNumber: 9002,
    seriesDescription: 'onelabel volumes (research use only)',
  })
  const content = reportContent({ ...input, sourceSeriesUid: source.seriesInstanceUid })
  const modules = reportModules(source.studyInstanceUid, evidence(source, input), content)
  return writeObject(shared, modules, copiedHeader(source, false))
}

function evidence(source: SourceSeries, { seg }: Pick<SrInput, 'seg'>): DataSet[] {
  const ofSource = { SeriesInstanceUID: source.seriesInstanceUid, ReferencedSOPSequence: sourceReferences(source) }
  const ofSeg = seg && {
    SeriesInstanceUID: seg.seriesInstanceUid,
    ReferencedSOPSequence: [{ ReferencedSOPClassUID: seg.sopClassUid, ReferencedSOPInstanceUID: seg.sopInstanceUid }],
  }
  return ofSeg ? [ofSeg, ofSource] : [ofSource]
}
