/**
 * The bytes of one file → a parsed data set (PS3.10), bounded: nothing is believed that the bytes do not hold, and what is
 * deflated is inflated up to a limit. dicom-parser throws texts and objects of its own, which may quote the file; none is passed on.
 */
import { inflateRawSync } from 'node:zlib'
import dicomParser, { type DataSet } from 'dicom-parser'
import { FaultError, sizeInWords } from '../errors.ts'
import type { RepairNotes } from './repairs.ts'
import { OTHER, type TransferSyntax, transferSyntaxOf } from './transfer-syntaxes.ts'

export interface Part10 {
  /** Group 2, which is explicit and little-endian in every file. */
  readonly meta: DataSet
  readonly dataSet: DataSet
  readonly syntax: TransferSyntax
  readonly notes: RepairNotes
  /** Why its pixels cannot be read, though its header can: the file ends too early, or they are in no syntax that is known. */
  readonly fault: FaultError | null
}

const PREAMBLE_BYTES = 128
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1'
const DEFLATED = '1.2.840.10008.1.2.1.99'
const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10'

/** "DICM" behind the preamble. */
export function isPart10(head: Uint8Array): boolean {
  return (
    head.length >= PREAMBLE_BYTES + 4 &&
    Buffer.from(head.subarray(PREAMBLE_BYTES, PREAMBLE_BYTES + 4)).toString('latin1') === 'DICM'
  )
}

/** A DICOMDIR lists other files; those are looked at themselves. Of bytes for which isPart10() holds. */
export function isDirectory(bytes: Buffer): boolean {
  return metaUid(attempt(() => dicomParser.readPart10Header(bytes)).dataSet, 'x00020002') === MEDIA_STORAGE_DIRECTORY
}

/**
 * @param bytes of a file for which isPart10() holds
 * @param maxInflatedBytes of a deflated data set
 * Faults: dicom-truncated, inflated-too-large.
 */
export function parsePart10(bytes: Buffer, maxInflatedBytes: number): Part10 {
  const meta = attempt(() => dicomParser.readPart10Header(bytes)).dataSet
  if (meta === undefined) throw damaged(bytes)
  const uid = metaUid(meta, 'x00020010') ?? ''
  const parsed = attempt(() => {
    if (uid !== DEFLATED) return dicomParser.parseDicom(bytes)
    // The library inflates too, without a limit, and then starts at the preamble: what is inflated is given to it instead.
    const inflated = inflate(bytes.subarray(endOf(meta)), maxInflatedBytes)
    return dicomParser.parseDicom(inflated, { TransferSyntaxUID: EXPLICIT_LITTLE_ENDIAN })
  })
  // A damaged file is of use only where it says which series it is missing from.
  const isCut = parsed.isTruncated && parsed.dataSet?.elements['x0020000e'] === undefined
  if (parsed.dataSet === undefined || isCut) throw damaged(bytes)
  const syntax = transferSyntaxOf(uid)
  const unknown = syntax instanceof FaultError ? syntax : null
  return {
    ...{ meta, dataSet: parsed.dataSet, notes: new Set() },
    syntax: syntax instanceof FaultError ? OTHER : syntax,
    fault: parsed.isTruncated ? truncated() : unknown,
  }
}

/** A UID of the meta header; undefined where it is missing or extends beyond the end of the file. */
export function metaUid(meta: DataSet | undefined, tag: string): string | undefined {
  const element = meta?.elements[tag]
  if (meta === undefined || element === undefined || element.dataOffset + element.length > meta.byteArray.length)
    return undefined
  return meta.string(tag)
}

/** Where the data set begins: the meta header is one run of elements. */
function endOf(meta: DataSet): number {
  return Math.max(...Object.values(meta.elements).map(({ dataOffset, length }) => dataOffset + length))
}

function truncated(): FaultError {
  return new FaultError('dicom-truncated', 'a file of the series ends too early or is damaged: send it again')
}

function attempt(parse: () => DataSet): { readonly dataSet: DataSet | undefined; readonly isTruncated: boolean } {
  try {
    return { dataSet: parse(), isTruncated: false }
  } catch (error) {
    if (error instanceof FaultError) throw error
    return { dataSet: dataSetOf(error), isTruncated: true }
  }
}

function damaged({ length }: Buffer): FaultError {
  return new FaultError(
    'dicom-truncated',
    `a DICOM file of ${sizeInWords(length, 'down')} ends within its header, or is damaged there: send it again`,
  )
}

/** What had been parsed when the library met the end: it comes with what it throws. */
function dataSetOf(thrown: unknown): DataSet | undefined {
  return typeof thrown === 'object' && thrown !== null && 'dataSet' in thrown ? (thrown.dataSet as DataSet) : undefined
}

function inflate(deflated: Buffer, maxInflatedBytes: number): Buffer {
  try {
    return inflateRawSync(deflated, { maxOutputLength: maxInflatedBytes })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw new FaultError(
        'inflated-too-large',
        `a deflated data set of ${sizeInWords(deflated.length, 'down')} inflates to more than the ${sizeInWords(maxInflatedBytes, 'down')} that are allowed`,
      )
    throw new FaultError(
      'dicom-truncated',
      `a deflated data set of ${sizeInWords(deflated.length, 'down')} is damaged: send it again`,
    )
  }
}
