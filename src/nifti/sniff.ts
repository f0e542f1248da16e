/** What a file that is not NIfTI looks like, so that the refusal can say so. From its first bytes only. */

const starts = (head: Buffer, text: string, at = 0) => head.toString('latin1', at, at + text.length) === text

/** MGH: big-endian int32 version 1, then width, height, depth, frames and a type of 0..10. */
function isMgh(head: Buffer): boolean {
  if (head.length < 24 || head.readInt32BE(0) !== 1) return false
  const sizes = [4, 8, 12, 16].map((offset) => head.readInt32BE(offset))
  const type = head.readInt32BE(20)
  return sizes.every((n) => n >= 1 && n < 65536) && type >= 0 && type <= 10
}

function isAnalyze(head: Buffer): boolean {
  return head.length >= 348 && (head.readInt32LE(0) === 348 || head.readInt32BE(0) === 348)
}

function isText(head: Buffer): boolean {
  return head.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13)
}

const FORMATS: readonly (readonly [name: string, looksLike: (head: Buffer) => boolean])[] = [
  ['a DICOM file (convert the series to NIfTI first)', (head) => starts(head, 'DICM', 128)],
  ['an Analyze 7.5 header (no orientation, no magic; convert it to NIfTI first)', isAnalyze],
  ['a FreeSurfer MGH/MGZ volume', isMgh],
  ['gzip inside gzip', (head) => starts(head, '\x1f\x8b')],
  ['an NRRD volume', (head) => starts(head, 'NRRD')],
  ['an MRtrix image', (head) => starts(head, 'mrtrix image')],
  ['a MetaImage', (head) => starts(head, 'ObjectType') || starts(head, 'NDims')],
  ['a MINC volume', (head) => starts(head, 'CDF\x01') || starts(head, '\x89HDF')],
  ['a PNG picture', (head) => starts(head, '\x89PNG')],
  ['a JPEG picture', (head) => starts(head, '\xff\xd8\xff')],
  ['a TIFF picture', (head) => starts(head, 'II*\0') || starts(head, 'MM\0*')],
  ['a ZIP archive', (head) => starts(head, 'PK\x03\x04')],
  ['a PDF document', (head) => starts(head, '%PDF')],
  ['text', isText],
]

/** `head`: the first bytes of the (inflated) file, at most a NIfTI-2 header. */
export function describeForeign(head: Buffer): string {
  if (head.length === 0) return 'the file is empty'
  const format = FORMATS.find(([, looksLike]) => looksLike(head))
  if (format) return `it looks like ${format[0]}`
  return head.length < 348
    ? `it has ${head.length} bytes, a NIfTI header has 348`
    : 'its first bytes are no known format'
}
