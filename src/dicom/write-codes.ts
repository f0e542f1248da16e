/** Codes of the objects that we write (PS3.16), and what a label's own code has to be joined by. */
import type { Label } from '../labels/label-set.ts'
import type { DataSet } from './write-attributes.ts'

export interface Code {
  readonly scheme: string
  readonly value: string
  readonly meaning: string
}

export function dcm(value: string, meaning: string): Code {
  return { scheme: 'DCM', value, meaning }
}

export function sct(value: string, meaning: string): Code {
  return { scheme: 'SCT', value, meaning }
}

export const BRAIN = sct('12738006', 'Brain')
export const ARTIFICIAL_INTELLIGENCE = dcm('123110', 'Artificial Intelligence')
export const SEGMENTATION = dcm('113076', 'Segmentation')
export const SOURCE_IMAGE = dcm('121322', 'Source image for image processing operation')

/** CID 7150; the members of CID 7153 (central nervous system) are structures, those of 7159 and 7194 lesions. */
const STRUCTURE = sct('91723000', 'Anatomical Structure')
const SUBSTANCE = sct('91720002', 'Body Substance')
const ABNORMAL = sct('49755003', 'Morphologically Abnormal Structure')
const SPATIAL = sct('309825002', 'Spatial and Relational Concept')

/** Tissues that are no structure: cerebrospinal fluid. */
const SUBSTANCES: readonly string[] = ['SCT 65216001']

/** What stands for a label whose card has no code for it. */
const UNCODED: Readonly<Record<Label['kind'], Code>> = {
  background: dcm('125040', 'Background'),
  tissue: sct('85756007', 'Tissue'),
  lesion: sct('52988006', 'Lesion'),
}

export interface LabelCodes {
  readonly category: Code
  readonly type: Code
  /** Where a lesion lies. */
  readonly region?: Code
}

/** Segmented Property Category and Type (CID 7150, 7151), and the Anatomic Region of a lesion. */
export function codesOf({ kind, code }: Pick<Label, 'kind' | 'code'>): LabelCodes {
  const type = code ?? UNCODED[kind]
  if (kind === 'background') return { category: SPATIAL, type }
  if (kind === 'lesion') return { category: ABNORMAL, type, region: BRAIN }
  return { category: SUBSTANCES.includes(`${type.scheme} ${type.value}`) ? SUBSTANCE : STRUCTURE, type }
}

/** An item of a code sequence (PS3.3, table 8.8-1); a value of more than 16 characters is a Long Code Value. */
export function codeItem({ scheme, value, meaning }: Code): DataSet {
  const named = value.length > 16 ? { LongCodeValue: value } : { CodeValue: value }
  return { ...named, CodingSchemeDesignator: scheme, CodeMeaning: meaning }
}
