/** Whose study it is, in letters that can be printed: as what goes back into the study says it (kept-header.ts). */
import type { RawElement } from './source-series.ts'

export interface PrintedIdentity {
  /** Patient's Name, its first component group (PS3.5, 6.2.1.1), as it is stored; empty where the source has none. */
  readonly patientName: string
  readonly patientId: string
  /** YYYYMMDD, as it is stored. */
  readonly studyDate: string
}

/** Specific Character Set (PS3.3, C.12.1.1.2) → how its bytes are read. Of any other only what is ASCII is. */
const DECODED: Readonly<Record<string, BufferEncoding>> = { 'ISO_IR 100': 'latin1', 'ISO_IR 192': 'utf8' }

export function printedIdentity(header: readonly RawElement[]): PrintedIdentity {
  const bytesOf = (tag: string) => Buffer.from(header.find((element) => element.tag === tag)?.base64 ?? '', 'base64')
  const encoding = DECODED[bytesOf('00080005').toString('latin1').trim()]
  const textOf = (tag: string) => {
    const bytes = bytesOf(tag)
    const text = encoding === undefined ? bytes.toString('latin1').replace(/[^ -~]/g, '?') : bytes.toString(encoding)
    return text.replace(/[\0 ]+$/, '').trimStart()
  }
  return {
    patientName: textOf('00100010').split('=')[0]!,
    patientId: textOf('00100020'),
    studyDate: textOf('00080020'),
  }
}
