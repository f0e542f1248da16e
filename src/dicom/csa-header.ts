/**
 * Siemens' CSA header, second form ("SV10"), a private element: little-endian whatever the data set is.
 * Layout as nibabel describes it (nipy.org/nibabel/dicom/siemens_csa.html): after 16 bytes each tag has a name of 64 bytes, four
 * bytes of multiplicity, four of representation, 4 of type, the number of items, 4 more; each item has four int32, the second of
 * which is its length, and its text, padded to four bytes.
 */

const HEAD_BYTES = 16
const NAME_BYTES = 64
const TAG_BYTES = 84
/** Real headers have about a hundred tags of at most a few dozen items. */
const MOST_TAGS = 1000
const MOST_ITEMS = 1000

/** Numbers of a tag; null where the header is another or does not have it. */
export function csaNumbers(bytes: Buffer, name: string): readonly number[] | null {
  if (bytes.length < HEAD_BYTES || bytes.toString('latin1', 0, 4) !== 'SV10') return null
  const tags = Math.min(bytes.readUInt32LE(8), MOST_TAGS)
  let at = HEAD_BYTES
  for (let tag = 0; tag < tags && at + TAG_BYTES <= bytes.length; tag++) {
    const own = bytes.toString('latin1', at, at + NAME_BYTES)
    const isAsked = own.slice(0, own.indexOf('\0')) === name
    const count = Math.min(bytes.readUInt32LE(at + 76), MOST_ITEMS)
    const values: string[] = []
    at += TAG_BYTES
    for (let item = 0; item < count && at + 16 <= bytes.length; item++) {
      const length = bytes.readUInt32LE(at + 4)
      at += 16
      values.push(
        bytes
          .toString('latin1', at, Math.min(at + length, bytes.length))
          .replace(/\0.*$/s, '')
          .trim(),
      )
      at += 4 * Math.ceil(length / 4)
    }
    if (isAsked) return values.filter((value) => value !== '').map(Number)
  }
  return null
}
