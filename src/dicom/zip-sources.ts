/**
 * The files in a zip archive, read one at a time through yauzl, which checks names and sizes. Nothing is written anywhere, so a
 * name leads nowhere; names that would are refused all the same, as are archives within the archive and entries that promise more
 * than is allowed, before one of them is inflated.
 */
import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { FaultError, sizeInWords } from '../errors.ts'
import type { DicomLimits, OpenSources, Source } from './sources.ts'

const ENCRYPTED = 1

export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6))
}

/** Faults: zip-refused, zip-corrupt, inflated-too-large; on reading also those. */
export async function openZip(path: string, limits: DicomLimits): Promise<OpenSources> {
  const zip = await open(path)
  try {
    const entries = await listEntries(zip, limits)
    const sources = entries.map(
      (entry): Source => ({ bytes: entry.uncompressedSize, read: () => readEntry(zip, entry) }),
    )
    return { sources, comment: zip.comment, close: async () => zip.close() }
  } catch (error) {
    zip.close()
    throw error
  }
}

function open(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: true }
    yauzl.open(path, options, (error, zip) => (error ? reject(corrupt(error)) : resolve(zip)))
  })
}

function listEntries(zip: ZipFile, limits: DicomLimits): Promise<readonly Entry[]> {
  return new Promise((resolve, reject) => {
    if (zip.entryCount > limits.maxFiles)
      return reject(refused(`it has ${zip.entryCount} entries; at most ${limits.maxFiles} are allowed`))
    const entries: Entry[] = []
    let bytes = 0
    zip.on('error', (error: Error) =>
      reject(
        isName(error)
          ? refused('a name in it leads out of the archive; relative names without .. are allowed')
          : corrupt(error),
      ),
    )
    zip.on('end', () => resolve(entries))
    zip.on('entry', (entry: Entry) => {
      const depth = entry.fileName.split('/').length - 1
      if (depth > limits.maxDepth)
        return reject(refused(`folders in it are ${depth} deep; at most ${limits.maxDepth} are allowed`))
      if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0)
        return reject(refused('it is encrypted; send it without a password'))
      bytes += entry.uncompressedSize
      if (entry.uncompressedSize > limits.maxFileBytes)
        return reject(
          new FaultError(
            'inflated-too-large',
            `a file in the archive promises ${sizeInWords(entry.uncompressedSize, 'up')}; at most ${sizeInWords(limits.maxFileBytes, 'down')} are allowed`,
          ),
        )
      if (bytes > limits.maxTotalBytes)
        return reject(
          new FaultError(
            'inflated-too-large',
            `the archive promises more than ${sizeInWords(limits.maxTotalBytes, 'down')}, which is the most that is allowed: send the series alone`,
          ),
        )
      if (!entry.fileName.endsWith('/') && entry.uncompressedSize > 0) entries.push(entry)
      zip.readEntry()
    })
    zip.readEntry()
  })
}

async function readEntry(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : buffer(stream).then(resolve, reject)))
  }).catch((error: unknown) => {
    throw corrupt(error)
  })
  // The library leaves the checksum to whoever reads.
  if (crc32(bytes) !== entry.crc32) throw corrupt(undefined)
  if (isZip(bytes)) throw refused('there is an archive in it; send the files in one archive')
  return bytes
}

/** The library says so in words alone, and with the name. */
function isName({ message }: Error): boolean {
  return /^(absolute path|invalid relative path|invalid characters in fileName)/.test(message)
}

function refused(why: string): FaultError {
  return new FaultError('zip-refused', `the zip archive is not opened: ${why}`)
}

function corrupt(cause: unknown): FaultError {
  return new FaultError(
    'zip-corrupt',
    'the zip archive is damaged, cut off, or packed in a way that cannot be read here: zip it again',
    { cause },
  )
}
