/** What every report of ours is, whatever it says: a complete, unverified Comprehensive SR (PS3.3, A.35.3) by TID 1500. */
import { REPORT_TITLE } from './sr-report.ts'
import type { DataSet } from './write-attributes.ts'
import { codeItem } from './write-codes.ts'

/**
 * @param evidence what the report speaks of, by series and instance (PS3.3, C.17.2.3)
 * @param content the items of the root
 */
export function reportModules(
  studyInstanceUid: string,
  evidence: readonly DataSet[],
  content: readonly DataSet[],
): DataSet {
  return {
    ReferencedPerformedProcedureStepSequence: [],
    PerformedProcedureCodeSequence: [],
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    CurrentRequestedProcedureEvidenceSequence: [
      { StudyInstanceUID: studyInstanceUid, ReferencedSeriesSequence: evidence },
    ],
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [codeItem(REPORT_TITLE)],
    ContinuityOfContent: 'SEPARATE',
    ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '1500' }],
    ContentSequence: content,
  }
}
