/** The one file that looks into the file system: files, folders of files, and zip archives → sources of bytes. */
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FaultError, sizeInWords } from '../errors.ts'
import { isPart10 } from './read-part10.ts'
import type { DicomLimits, OpenSources, Source } from './sources.ts'
import { isZip, openZip } from './zip-sources.ts'

/** Preamble and "DICM". */
const MAGIC_BYTES = 132

/** Whether a path is read as DICOM: a folder, a zip archive, or a file of DICOM by its first bytes. */
export async function isDicomPath(path: string): Promise<boolean> {
  const found = await stat(path)
  if (!found.isFile()) return found.isDirectory()
  const head = await headOf(path, MAGIC_BYTES)
  return isZip(head) || isPart10(head)
}

/**
 * @param paths files, folders, or one zip archive; what a caller of the service names is never one of them
 * Faults: upload-too-large, inflated-too-large, dicom-too-many-files, and those of openZip().
 */
export async function openSources(paths: readonly string[], limits: DicomLimits): Promise<OpenSources> {
  const [only] = paths
  if (paths.length === 1 && (await stat(only!)).isFile() && isZip(await headOf(only!, 4))) {
    checkFile((await stat(only!)).size, limits.maxTotalBytes)
    return openZip(only!, limits)
  }
  const sources: Source[] = []
  let bytes = 0
  for (const path of paths)
    for await (const file of filesBelow(path, limits.maxDepth)) {
      const { size } = await stat(file)
      checkFile(size, limits.maxFileBytes)
      bytes += size
      if (bytes > limits.maxTotalBytes)
        throw new FaultError(
          'inflated-too-large',
          `the files have more than ${sizeInWords(limits.maxTotalBytes, 'down')} together, which is the most that is allowed: send the series alone`,
        )
      if (sources.length === limits.maxFiles)
        throw new FaultError(
          'dicom-too-many-files',
          `there are more than ${limits.maxFiles} files, which is the most that is allowed`,
        )
      sources.push({ bytes: size, read: () => readUnpacked(file) })
    }
  return { sources, close: async () => {} }
}

/** In the order of their names, so that the same folder reads the same everywhere; links are not followed. */
async function* filesBelow(path: string, depth: number): AsyncGenerator<string> {
  if (!(await stat(path)).isDirectory()) return yield path
  if (depth < 0)
    throw new FaultError('dicom-too-many-files', 'the folders are nested too deeply: name the folder of the study')
  const entries = await readdir(path, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) yield* filesBelow(inner, depth - 1)
    else if (entry.isFile()) yield inner
  }
}

async function readUnpacked(file: string): Promise<Buffer> {
  const bytes = await readFile(file)
  if (isZip(bytes))
    throw new FaultError('zip-refused', 'there is a zip archive among the files: unpack it, or send it alone')
  return bytes
}

async function headOf(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function checkFile(bytes: number, most: number): void {
  const words = () => `a file has ${sizeInWords(bytes, 'up')}; at most ${sizeInWords(most, 'down')} are allowed`
  if (bytes > most) throw new FaultError('upload-too-large', words())
}
