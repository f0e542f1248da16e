/**
 * Parts without a file name, before busboy sees them: it takes a part for a file by its file name, or else by the type
 * application/octet-stream, but RFC 7578, section 4.2, lets a file go without a name. Such a part is given one here. The
 * parts are told apart as busboy does, and no byte but the new name is changed.
 */
import { parse } from 'content-disposition'

/** What a part is called that has no file name at all. */
export const UNNAMED = 'onelabel:unnamed'
/** What a part is called whose file name is empty: with nothing in it, a form in which no file was chosen. */
export const NOT_CHOSEN = 'onelabel:not-chosen'

/** busboy refuses longer headers of a part. */
const MAX_HEAD_BYTES = 16 * 1024
const HEAD_END = '\r\n\r\n'

/**
 * @param names of the parts that are files, whatever their type
 * @param onPart for each part, before it goes on
 * @returns the body, each part of those names and each of type application/octet-stream with a file name
 */
export async function* nameFiles(
  body: AsyncIterable<Buffer>,
  boundary: string,
  names: readonly string[],
  onPart: () => void,
): AsyncGenerator<Buffer> {
  const delimiter = Buffer.from(`\r\n--${boundary}\r\n`, 'latin1')
  // The first delimiter may begin the body, without a line before it. This line is taken off again below.
  let rest: Buffer = Buffer.from('\r\n')
  let skip = rest.length
  let isHead = false
  for await (const chunk of body) {
    rest = Buffer.concat([rest, chunk])
    const ready: Buffer[] = []
    for (;;) {
      const at: number = rest.indexOf(isHead ? HEAD_END : delimiter)
      if (isHead && at < 0 && rest.length <= MAX_HEAD_BYTES) break
      const end = at < 0 ? Math.max(0, rest.length - delimiter.length + 1) : at + (isHead ? 0 : delimiter.length)
      const piece = rest.subarray(0, end)
      ready.push(isHead && at >= 0 ? Buffer.from(named(piece.toString('latin1'), names), 'latin1') : piece)
      rest = rest.subarray(end)
      isHead = !isHead && at >= 0
      if (isHead) onPart()
      if (at < 0) break
    }
    const out = Buffer.concat(ready)
    if (out.length > skip) yield out.subarray(skip)
    skip = Math.max(0, skip - out.length)
  }
  if (rest.length > skip) yield rest.subarray(skip)
}

/** The header of a part, with a file name where it is a file and has none; of two names, busboy takes the first. */
function named(head: string, names: readonly string[]): string {
  const disposition = /^content-disposition:[ \t]*form-data(?=[ \t]*;)/im
  const line = /^content-disposition:(.*(?:\r\n[ \t].*)*)/im.exec(head)?.[1] ?? ''
  const { name = '', filename } = parse(line.replaceAll('\r\n', ''), { multipart: true }).parameters
  const isOctets = /^content-type:[ \t]*application\/octet-stream[ \t]*(?:;|$)/im.test(head)
  if ((filename ?? '') !== '' || !(names.includes(name) || isOctets)) return head
  return head.replace(disposition, `$&; filename="${filename === undefined ? UNNAMED : NOT_CHOSEN}"`)
}
