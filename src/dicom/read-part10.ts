/**
 * The bytes of one file → a parsed data set (PS3.10), bounded: nothing is believed that the bytes do not hold, and what is
 * deflated is inflated up to a limit. dicom-parser throws texts and objects of its own, which may quote the file; none is passed on.
 */
import { inflateRawSync } from 'node:zlib'
import dicomParser, { type DataSet } from 'dicom-parser'
import { FaultError } from '../errors.ts'
import type { RepairNotes } from './repairs.ts'
import { type TransferSyntax, transferSyntaxOf } from './transfer-syntaxes.ts'

export interface Part10 {
  readonly dataSet: DataSet
  readonly syntax: TransferSyntax
  readonly notes: RepairNotes
  /** The file ends within its last element; what stands before that was read. */
  readonly isTruncated: boolean
}

const PREAMBLE_BYTES = 128
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
  return attempt(() => dicomParser.readPart10Header(bytes)).dataSet?.string('x00020002') === MEDIA_STORAGE_DIRECTORY
}

/**
 * @param bytes of a file for which isPart10() holds
 * @param maxInflatedBytes of a deflated data set
 * Faults: dicom-truncated, dicom-header, dicom-transfer-syntax, inflated-too-large.
 */
export function parsePart10(bytes: Buffer, maxInflatedBytes: number): Part10 {
  const inflater = (whole: Uint8Array, position: number): Buffer => {
    const head = Buffer.from(whole.buffer, whole.byteOffset, position)
    return Buffer.concat([head, inflate(bytes.subarray(position), maxInflatedBytes)])
  }
  const meta = attempt(() => dicomParser.readPart10Header(bytes))
  if (meta.dataSet === undefined) throw damaged(bytes)
  const syntax = transferSyntaxOf(meta.dataSet.string('x00020010') ?? '')
  // A Buffer: on a bare Uint8Array the library looks for methods that only a Buffer has.
  const parsed = attempt(() => dicomParser.parseDicom(bytes, { inflater }))
  // What has no series cannot be missed from one: only with that much is a damaged file of use.
  if (parsed.dataSet?.elements['x0020000e'] === undefined) throw damaged(bytes)
  Object.assign(parsed.dataSet.elements, meta.dataSet.elements)
  return { dataSet: parsed.dataSet, syntax, notes: new Set(), isTruncated: parsed.isTruncated }
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
    `a DICOM file of ${length} bytes ends within its header, is damaged there, or names no series: send it again`,
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
        `a deflated data set of ${deflated.length} bytes inflates to more than the ${maxInflatedBytes} that are allowed`,
      )
    throw new FaultError('dicom-truncated', `a deflated data set of ${deflated.length} bytes is damaged: send it again`)
  }
}
