/** The name under which a map is saved: Content-Disposition (RFC 6266), with the job's own name in it where it has one. */
import { create } from 'content-disposition'

/** What is no part of a name on some file system. */
const UNSAFE = /[\\/:*?"<>|]+/g
/** Hidden files, options of a command, and what Windows takes away at an end. */
const EDGES = /^[\s._-]+|[\s._-]+$/g
/** The most bytes of the job's part of the name; file systems allow 255 for the whole name. */
const MAX_BYTES = 200

/** "Müller 7", "labels.nii.gz" → attachment; filename="Muller 7-labels.nii.gz"; filename*=UTF-8''M%C3%BCller%207-labels.nii.gz */
export function disposition(jobName: string | undefined, file: string): string {
  const safe = fitting((jobName ?? '').normalize('NFC').replace(UNSAFE, '_').replace(EDGES, ''))
  const fileName = safe === '' ? file : `${safe}-${file}`
  return create(fileName, { fallback: asciiOf(fileName) })
}

/** For clients that know no other; letters keep their shape where they have one. */
function asciiOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]/gu, '_')
    .replace(/[%\\/:*?"<>|]+/g, '_')
}

/** As many whole characters as fit. */
function fitting(name: string): string {
  let bytes = 0
  let fit = ''
  for (const character of name) {
    bytes += Buffer.byteLength(character)
    if (bytes > MAX_BYTES) break
    fit += character
  }
  return fit
}
