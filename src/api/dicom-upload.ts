/** A study in a request body that is no form: multipart/related as STOW-RS sends it (PS3.18, 10.5), one part an instance. */
import { join } from 'node:path'
import { FaultError } from '../errors.ts'
import { boundaryOf, MultipartError, partsOf } from '../pacs/multipart-related.ts'
import { receiveFile } from '../service/received-file.ts'
import { tooLarge } from './body.ts'

/** The name of a form's parts that are DICOM, whatever series they are of. */
export const DICOM_PART = 'dicom'
/** What a raw body may be called that is an archive of a study, or an instance of many frames. */
export const DICOM_TYPES = ['application/zip', 'application/x-zip-compressed', 'application/dicom']
/** A study of thin slices has a few thousand. */
export const MAX_INSTANCES = 10_000
/** Boundary and headers around so many. */
export const DICOM_OVERHEAD_BYTES = MAX_INSTANCES * 512

export function tooManyInstances(): FaultError {
  return new FaultError(
    'dicom-too-many-files',
    `there are more than ${MAX_INSTANCES} instances, which is the most that is allowed`,
  )
}

/**
 * @param maxBytes of all instances together
 * @returns the paths of the instances
 * @throws FaultError malformed-multipart, unsupported-media-type, no-scan, upload-too-large, dicom-too-many-files, and what the
 *   body or the disk says
 */
export async function receiveRelated(
  contentType: string | undefined,
  body: AsyncIterable<Buffer>,
  dir: string,
  maxBytes: number,
): Promise<readonly string[]> {
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) throw new FaultError('malformed-multipart', 'multipart/related needs a boundary')
  const paths: string[] = []
  let left = maxBytes
  try {
    // Bytes are counted where they are written.
    const limits = { parts: MAX_INSTANCES, partBytes: Number.POSITIVE_INFINITY }
    for await (const { headers, body: part } of partsOf(body, boundary, limits)) {
      requireDicom(headers.get('content-type'))
      const path = join(dir, `${DICOM_PART}-${paths.length + 1}.upload`)
      const { bytes } = await receiveFile(part, path, left, () => tooLarge(maxBytes))
      left -= bytes
      paths.push(path)
    }
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error
    if (error.why === 'too-large' && paths.length >= MAX_INSTANCES) throw tooManyInstances()
    throw new FaultError('malformed-multipart', `the parts cannot be told apart: ${error.message}`, { cause: error })
  }
  if (paths.length === 0) throw new FaultError('no-scan', 'the body has no parts')
  return paths
}

/** What is not said is what STOW-RS sends. */
function requireDicom(type = 'application/dicom'): void {
  if (/^application\/dicom\s*(;|$)/i.test(type)) return
  throw new FaultError('unsupported-media-type', 'each part of multipart/related must be application/dicom')
}
