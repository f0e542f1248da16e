/** Measurements → Comprehensive SR (PS3.3, A.35.3) by TID 1500, with references to the segmentation and to the source. */
import { SR_STORAGE } from './object-names.ts'
import type { SourceSeries } from './source-series.ts'
import { REPORT_TITLE, type ReportInput, reportContent } from './sr-report.ts'
import type { DataSet } from './write-attributes.ts'
import { codeItem } from './write-codes.ts'
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
  const modules: DataSet = {
    ReferencedPerformedProcedureStepSequence: [],
    PerformedProcedureCodeSequence: [],
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    CurrentRequestedProcedureEvidenceSequence: [evidence(source, input)],
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [codeItem(REPORT_TITLE)],
    ContinuityOfContent: 'SEPARATE',
    ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '1500' }],
    ContentSequence: reportContent({ ...input, sourceSeriesUid: source.seriesInstanceUid }),
  }
  return writeObject(shared, modules, copiedHeader(source, false))
}

/** PS3.3, C.17.2.3: what the report speaks of, by study, series and instance. */
function evidence(source: SourceSeries, { seg }: Pick<SrInput, 'seg'>): DataSet {
  const ofSource = { SeriesInstanceUID: source.seriesInstanceUid, ReferencedSOPSequence: sourceReferences(source) }
  const ofSeg = seg && {
    SeriesInstanceUID: seg.seriesInstanceUid,
    ReferencedSOPSequence: [{ ReferencedSOPClassUID: seg.sopClassUid, ReferencedSOPInstanceUID: seg.sopInstanceUid }],
  }
  return {
    StudyInstanceUID: source.studyInstanceUid,
    ReferencedSeriesSequence: ofSeg ? [ofSeg, ofSource] : [ofSource],
  }
}
