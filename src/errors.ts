/**
 * Fault: the closed union of ways a request can fail because of what the caller sent or what the service can do now.
 * FAULTS is the one table of them: a fault's kind is the stable `code` of the HTTP problem, of the CLI and of the metrics.
 * Messages name what was found and what is allowed; they never hold a file name or text out of a header.
 * Anything that is not a FaultError is a bug.
 */

export interface FaultRow {
  /** The status of the HTTP answer. */
  readonly status: number
  /** The caller's, who can mend it, or the service's: those count as failures of the service. */
  readonly whose: 'caller' | 'service'
  /** Whether the very same request may succeed later. */
  readonly again: 'never' | 'later'
  readonly level: 'info' | 'warn'
  /**
   * What an attempt at a job that met it does instead of failing the job: `killed`, another try may succeed, but not many;
   * `away`, nothing was tried and the job waits until it can be.
   */
  readonly attempt?: 'killed' | 'away'
  /** The scans were read, and no label map answers them: a report in their study may say so (dicom/refusal-write.ts). */
  readonly isRefusal?: true
  readonly title: string
}

type Rest = Partial<Pick<FaultRow, 'again' | 'attempt' | 'isRefusal'>>

/** Mended by whoever sent it; not worth a warning. */
function caller(status: number, title: string, rest: Rest = {}): FaultRow {
  return { status, title, whose: 'caller', level: 'info', again: 'never', ...rest }
}

/** A caller's fault that is none of the form of the scans, but of what they show. */
function refusal(title: string): FaultRow {
  return caller(422, title, { isRefusal: true })
}

/** Nobody can mend it by sending something else. */
function service(status: number, title: string, rest: Rest = {}): FaultRow {
  return { status, title, whose: 'service', level: 'warn', again: 'never', ...rest }
}

export const FAULTS = {
  // the request
  'malformed-multipart': caller(400, 'The multipart body is malformed'),
  'malformed-request': caller(400, 'The request is malformed'),
  unauthenticated: caller(401, 'Not authenticated'),
  forbidden: caller(403, 'Forbidden'),
  'too-many-attempts': caller(429, 'Too many failed attempts', { again: 'later' }),
  'no-scan': caller(400, 'No scan was sent'),
  'unknown-channel': caller(400, 'No such input channel'),
  'duplicate-channel': caller(400, 'A channel was sent twice'),
  'channels-missing': caller(400, 'The model needs more channels'),
  'grid-channel-missing': caller(400, 'The channel of the grid was not sent'),
  'unknown-model': caller(400, 'No such model'),
  'not-found': caller(404, 'Not found'),
  'not-asked': caller(404, 'Not asked for'),
  'no-dicom-object': caller(404, 'No such DICOM object'),
  'method-not-allowed': caller(405, 'Method not allowed'),
  'not-acceptable': caller(406, 'No acceptable answer'),
  'request-timeout': caller(408, 'The request took too long to arrive', { again: 'later' }),
  'not-finished': caller(409, 'Not finished', { again: 'later' }),
  'scans-not-kept': caller(409, 'The scans of the job were not kept'),
  'idempotency-mismatch': caller(422, 'The idempotency key belongs to another request'),
  'callback-refused': caller(422, 'The callback is refused'),
  'too-many-jobs': caller(429, 'Too many jobs', { again: 'later' }),
  'too-many-streams': service(503, 'Too many streams of events', { again: 'later' }),
  // size
  'upload-too-large': caller(413, 'The upload is too large'),
  'inflated-too-large': caller(413, 'The scan is too large once inflated'),
  'too-many-voxels': caller(413, 'The scan has too many voxels'),
  // the file
  'scan-unreadable': caller(422, 'A file cannot be read'),
  'not-nifti': caller(415, 'Not a NIfTI file'),
  'unsupported-media-type': caller(415, 'Unsupported media type'),
  'gzip-corrupt': caller(422, 'The gzip data are corrupt'),
  'nifti-pair': caller(422, 'A .hdr/.img pair'),
  'detached-header': caller(422, 'The voxels are in another file'),
  'nifti-truncated': caller(422, 'The file ends too early'),
  'nifti-header': caller(422, 'The header of the file is wrong'),
  'nifti-dimensions': caller(422, 'Unusable dimensions'),
  'nifti-4d': caller(422, 'More than one frame'),
  'nifti-datatype': caller(422, 'Unsupported data type'),
  'nifti-no-affine': caller(422, 'The scan does not say where it lies'),
  'nifti-affine-singular': caller(422, 'The affine is singular'),
  'nifti-spacing': caller(422, 'Unusable spacing'),
  'nifti-sheared': caller(422, 'The affine is sheared'),
  'nifti-nonfinite': caller(422, 'Voxels that are not finite'),
  // DICOM
  'zip-refused': caller(422, 'The archive is not opened'),
  'zip-corrupt': caller(422, 'The archive is damaged'),
  'not-dicom': caller(415, 'No DICOM was sent'),
  'dicom-too-many-files': caller(413, 'Too many files'),
  'dicom-truncated': caller(422, 'A DICOM file ends too early'),
  'dicom-header': caller(422, 'A DICOM header does not say what is needed'),
  'dicom-transfer-syntax': caller(422, 'Unsupported transfer syntax'),
  'dicom-pixels': caller(422, 'Unusable pixel data'),
  'dicom-colour': caller(422, 'Colour images'),
  'dicom-not-image': caller(422, 'No image of a scan'),
  'dicom-localiser': caller(422, 'A localiser'),
  'dicom-derived': caller(422, 'A derived series'),
  'dicom-single-slice': caller(422, 'A single slice'),
  'dicom-missing-slice': caller(422, 'A slice is missing'),
  'dicom-duplicate-position': caller(422, 'Two slices at one place'),
  'dicom-duplicate-instance': caller(422, 'Two images with one UID'),
  'dicom-uneven-spacing': caller(422, 'Slices are not evenly spaced'),
  'dicom-tilt': caller(422, 'Slices are shifted against each other'),
  'dicom-mixed-orientation': caller(422, 'Images of several orientations'),
  'dicom-mixed-sizes': caller(422, 'Images of several sizes'),
  'dicom-mixed-units': caller(422, 'Values of several units'),
  'dicom-several-acquisitions': caller(422, 'Several acquisitions in one series'),
  'dicom-several-patients': caller(422, 'More than one patient'),
  'dicom-several-studies': caller(422, 'More than one study'),
  'dicom-several-series': caller(422, 'More than one series'),
  'dicom-no-series': caller(422, 'No series fits'),
  'scan-constant': refusal('The scan is constant'),
  'channels-do-not-overlap': refusal('The channels do not overlap'),
  'scans-mirrored': refusal('One scan is the mirror image of the other'),
  'scans-apart': refusal('The scans do not lie on each other'),
  'channels-swapped': refusal('The channels are swapped'),
  'wrong-sequence': refusal('The scan is of another sequence'),
  // a person's correction of the result
  'correction-grid': caller(422, 'The corrected map lies on another grid'),
  'correction-labels': caller(422, 'The corrected map holds other labels'),
  // the result
  'implausible-result': refusal('The result is implausible'),
  // the service
  cancelled: caller(409, 'Cancelled'),
  'queue-full': service(503, 'The queue is full', { again: 'later' }),
  draining: service(503, 'The service is stopping', { again: 'later', attempt: 'away' }),
  'not-ready': service(503, 'The service is not ready', { again: 'later', attempt: 'away' }),
  'identity-unavailable': service(503, 'Tokens cannot be checked now', { again: 'later' }),
  'disk-full': service(507, 'No space left', { again: 'later', attempt: 'away' }),
  'compute-crashed': service(500, 'The computation crashed', { attempt: 'killed' }),
  'compute-timeout': service(500, 'The computation took too long'),
  poison: service(500, 'The computation was killed too often'),
  'blob-missing': service(500, 'A stored file is gone'),
  'model-invalid': service(422, 'The model is invalid'),
  'reload-running': caller(409, 'The models are being reloaded', { again: 'later' }),
} satisfies Readonly<Record<string, FaultRow>>

export type FaultKind = keyof typeof FAULTS

export const FAULT_KINDS = Object.keys(FAULTS) as readonly FaultKind[]

export interface Fault {
  readonly kind: FaultKind
  readonly message: string
}

/** Whether the file system had no room: the caller's to know of, where every other error of it is a bug. */
export function isDiskFull(error: unknown): boolean {
  return hasCode(error, 'ENOSPC', 'EDQUOT')
}

/** Whether the file system has nothing of that name. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT')
}

/** Whether it is an error of the operating system with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}

type Units = readonly (readonly [least: number, name: string])[]

const SIZES: Units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].map((name, power) => [1024 ** power, name])
const COUNTS: Units = ['million', 'billion', 'trillion'].map((name, at) => [1000 ** (at + 2), name])

/**
 * A size for a message, in the unit that people read: 1 GiB, 66.8 MiB, 300 bytes. Three digits are shown. What is beyond a limit is
 * rounded away from it and the limit itself the other way, so that the two never look the same.
 */
export const sizeInWords = (bytes: number, rounded: 'up' | 'down'): string => inUnits(bytes, SIZES, rounded)

/** So for a number of voxels, which is told as it is below a million: 9.6 billion, 134 million, 13824. */
export function countInWords(count: number, rounded: 'up' | 'down'): string {
  if (count > 1e15) return 'more than 1000 trillion'
  return count < COUNTS[0]![0] ? `${count}` : inUnits(count, COUNTS, rounded)
}

function inUnits(count: number, units: Units, rounded: 'up' | 'down'): string {
  const [one, name] = units.findLast(([least]) => count >= least) ?? units[0]!
  const shown = one === 1 || count >= 100 * one ? 1 : count >= 10 * one ? 10 : 100
  const steps = (count * shown) / one
  return `${(rounded === 'up' ? Math.ceil(steps) : Math.floor(steps)) / shown} ${name}`
}

/** Something a caller can cause or must be told. */
export class FaultError extends Error {
  readonly fault: Fault

  constructor(kind: FaultKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'FaultError'
    this.fault = { kind, message }
  }
}
