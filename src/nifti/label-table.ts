/**
 * Label names and colours as the NIfTI header extension that others read: a Caret volume label table in XML.
 * Connectome Workbench looks for ecode 30 and VolumeType "Label"; TotalSegmentator and what is built on it read the
 * first extension whatever its ecode. JSON in a comment (ecode 6) would be read by nobody.
 */
/** What of a label is written; the labels of a card fit. */
export interface NamedLabel {
  readonly value: number
  readonly name: string
  /** sRGB, 0..255 */
  readonly color: readonly [number, number, number]
}

/** NIFTI_ECODE_CARET of nifti1_io.h */
const ECODE_CARET = 30

const cdata = (text: string) => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`

function labelElement({ value, name, color }: NamedLabel): string {
  const [red, green, blue] = color.map((channel) => (channel / 255).toFixed(4))
  const alpha = value === 0 ? 0 : 1 // the background
  return `<Label Key="${value}" Red="${red}" Green="${green}" Blue="${blue}" Alpha="${alpha}">${cdata(name)}</Label>`
}

/** The extension with its esize and ecode (little-endian), padded with NULs to a multiple of 16 bytes. */
export function labelTableExtension(labels: readonly NamedLabel[]): Buffer {
  const xml = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<CaretExtension><VolumeInformation Index="0"><LabelTable>',
    ...labels.map(labelElement),
    `</LabelTable><VolumeType>${cdata('Label')}</VolumeType></VolumeInformation></CaretExtension>`,
  ].join('\n')
  const text = Buffer.from(xml, 'utf8')
  const extension = Buffer.alloc(Math.ceil((8 + text.length) / 16) * 16)
  extension.writeInt32LE(extension.length, 0)
  extension.writeInt32LE(ECODE_CARET, 4)
  text.copy(extension, 8)
  return extension
}
