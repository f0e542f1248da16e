/** Content items of structured reports (PS3.3, C.17.3): one function a value type, each with its relationship to what holds it. */
import type { DataSet } from './write-attributes.ts'
import { type Code, codeItem } from './write-codes.ts'

export type Relationship = 'CONTAINS' | 'HAS OBS CONTEXT' | 'HAS CONCEPT MOD' | 'HAS PROPERTIES'

/** @param template number of the template of the context group resource DCMR that the container follows */
export function container(concept: Code, content: readonly DataSet[], template?: string): DataSet {
  return {
    ...item('CONTAINS', 'CONTAINER', concept),
    ContinuityOfContent: 'SEPARATE',
    ...(template !== undefined && {
      ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: template }],
    }),
    ContentSequence: content,
  }
}

export function code(relationship: Relationship, concept: Code, value: Code): DataSet {
  return { ...item(relationship, 'CODE', concept), ConceptCodeSequence: [codeItem(value)] }
}

export function text(relationship: Relationship, concept: Code, value: string): DataSet {
  return { ...item(relationship, 'TEXT', concept), TextValue: value }
}

export function uidReference(relationship: Relationship, concept: Code, uid: string): DataSet {
  return { ...item(relationship, 'UIDREF', concept), UID: uid }
}

/**
 * @param unit of UCUM
 * @param modifiers items that say which of several such numbers it is
 */
export function number(concept: Code, value: number, unit: Code, modifiers: readonly DataSet[] = []): DataSet {
  return {
    ...item('CONTAINS', 'NUM', concept),
    MeasuredValueSequence: [{ NumericValue: value, MeasurementUnitsCodeSequence: [codeItem(unit)] }],
    ...(modifiers.length > 0 && { ContentSequence: modifiers }),
  }
}

export function segmentReference(concept: Code, sopClassUid: string, sopInstanceUid: string, segment: number): DataSet {
  return {
    ...item('CONTAINS', 'IMAGE', concept),
    ReferencedSOPSequence: [
      {
        ReferencedSOPClassUID: sopClassUid,
        ReferencedSOPInstanceUID: sopInstanceUid,
        ReferencedSegmentNumber: segment,
      },
    ],
  }
}

function item(relationship: Relationship, valueType: string, concept: Code): DataSet {
  return { RelationshipType: relationship, ValueType: valueType, ConceptNameCodeSequence: [codeItem(concept)] }
}
