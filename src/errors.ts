/**
 * Fault: the closed union of ways a request can fail because of what the caller sent or what the service can do now.
 * A fault's kind is the stable `code` of the HTTP problem (src/api/problem.ts gives it a status) and of the CLI.
 * Messages name what was found and what is allowed; they never hold a file name or text out of a header.
 * Anything that is not a FaultError is a bug.
 */

export const FAULT_KINDS = [
  // the request
  'malformed-multipart',
  'malformed-request',
  'unauthenticated',
  'forbidden',
  'too-many-attempts',
  'no-scan',
  'unknown-channel',
  'duplicate-channel',
  'channels-missing',
  'grid-channel-missing',
  'unknown-model',
  'not-found',
  'not-asked',
  'method-not-allowed',
  'not-acceptable',
  'request-timeout',
  'not-finished',
  'idempotency-mismatch',
  'too-many-jobs',
  'too-many-streams',
  // size
  'upload-too-large',
  'inflated-too-large',
  'too-many-voxels',
  // the file
  'not-nifti',
  'unsupported-media-type',
  'gzip-corrupt',
  'nifti-pair',
  'nifti-truncated',
  'nifti-header',
  'nifti-dimensions',
  'nifti-4d',
  'nifti-datatype',
  'nifti-no-affine',
  'nifti-affine-singular',
  'nifti-spacing',
  'nifti-sheared',
  'nifti-nonfinite',
  'scan-constant',
  'channels-do-not-overlap',
  // the service
  'cancelled',
  'queue-full',
  'draining',
  'not-ready',
  'identity-unavailable',
  'disk-full',
  'compute-crashed',
  'compute-timeout',
  'poison',
  'blob-missing',
  'model-invalid',
  'reload-running',
] as const

export type FaultKind = (typeof FAULT_KINDS)[number]

export interface Fault {
  readonly kind: FaultKind
  readonly message: string
}

/** Whether the file system had no room: the caller's to know of, where every other error of it is a bug. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

/** The only error class of the house: something a caller can cause or must be told. */
export class FaultError extends Error {
  readonly fault: Fault

  constructor(kind: FaultKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'FaultError'
    this.fault = { kind, message }
  }
}
