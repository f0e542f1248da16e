/**
 * Faults as HTTP: application/problem+json (RFC 9457). The only file that knows status codes of failures.
 * `code` is stable, `title` belongs to the code, `detail` to the occurrence, `instance` finds it in the log.
 */
import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { type Fault, FaultError, type FaultKind } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'

const TABLE: Readonly<Record<FaultKind, readonly [status: number, title: string]>> = {
  'malformed-multipart': [400, 'The multipart body is malformed'],
  'malformed-request': [400, 'The request is malformed'],
  'no-scan': [400, 'No scan was sent'],
  'unknown-channel': [400, 'No such input channel'],
  'duplicate-channel': [400, 'A channel was sent twice'],
  'channels-missing': [400, 'The model needs more channels'],
  'grid-channel-missing': [400, 'The channel of the grid was not sent'],
  'unknown-model': [400, 'No such model'],
  unauthenticated: [401, 'Not authenticated'],
  forbidden: [403, 'Forbidden'],
  'not-found': [404, 'Not found'],
  'not-asked': [404, 'Not asked for'],
  'method-not-allowed': [405, 'Method not allowed'],
  'not-acceptable': [406, 'No acceptable answer'],
  'request-timeout': [408, 'The request took too long to arrive'],
  'not-finished': [409, 'Not finished'],
  cancelled: [409, 'Cancelled'],
  'reload-running': [409, 'The models are being reloaded'],
  'upload-too-large': [413, 'The upload is too large'],
  'inflated-too-large': [413, 'The scan is too large once inflated'],
  'too-many-voxels': [413, 'The scan has too many voxels'],
  'not-nifti': [415, 'Not a NIfTI file'],
  'unsupported-media-type': [415, 'Unsupported media type'],
  'gzip-corrupt': [422, 'The gzip data are corrupt'],
  'nifti-pair': [422, 'A .hdr/.img pair'],
  'nifti-truncated': [422, 'The file ends too early'],
  'nifti-header': [422, 'The NIfTI header is wrong'],
  'nifti-dimensions': [422, 'Unusable dimensions'],
  'nifti-4d': [422, 'More than one frame'],
  'nifti-datatype': [422, 'Unsupported data type'],
  'nifti-no-affine': [422, 'The scan does not say where it lies'],
  'nifti-affine-singular': [422, 'The affine is singular'],
  'nifti-spacing': [422, 'Unusable spacing'],
  'nifti-sheared': [422, 'The affine is sheared'],
  'nifti-nonfinite': [422, 'Voxels that are not finite'],
  'scan-constant': [422, 'The scan is constant'],
  'channels-do-not-overlap': [422, 'The channels do not overlap'],
  'idempotency-mismatch': [422, 'The idempotency key belongs to another request'],
  'too-many-attempts': [429, 'Too many failed attempts'],
  'too-many-jobs': [429, 'Too many jobs'],
  'model-invalid': [422, 'The model is invalid'],
  'compute-crashed': [500, 'The computation crashed'],
  'compute-timeout': [500, 'The computation took too long'],
  poison: [500, 'The computation was killed too often'],
  'blob-missing': [500, 'A stored file is gone'],
  'too-many-streams': [503, 'Too many streams of events'],
  'queue-full': [503, 'The queue is full'],
  draining: [503, 'The service is stopping'],
  'identity-unavailable': [503, 'Tokens cannot be checked now'],
  'not-ready': [503, 'The service is not ready'],
  'disk-full': [507, 'No space left'],
}

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly instance: string
  readonly code: FaultKind | 'internal'
}

/** Seconds after which a 429 or 503 is worth another try. */
const RETRY_AFTER_S = 5

/** @param fault null: a bug, of which nothing is said but where to find it */
export function problemOf(fault: Fault | null, instance: string): Problem {
  const code = fault?.kind ?? 'internal'
  const [status, title] = fault === null ? [500, 'Internal error'] : TABLE[fault.kind]
  const detail = fault?.message ?? 'a fault of the service; its log has the details under this instance'
  return { type: `urn:onelabel:problem:${code}`, title, status, detail, instance, code }
}

/** Ends the answer with the problem, under its status. */
export function sendProblem(res: Response, problem: Problem): void {
  const later = problem.status === 503 || problem.status === 429
  if (later && res.get('Retry-After') === undefined) res.set('Retry-After', String(RETRY_AFTER_S))
  res.status(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}

/** Errors that Express itself throws for a bad request, such as an undecodable path, carry a status. */
function asFault(error: unknown): Fault | null {
  if (error instanceof FaultError) return error.fault
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  if (status === 404) return { kind: 'not-found', message: 'there is no such thing here (any more)' }
  return status === 400 ? { kind: 'malformed-request', message: 'the path cannot be decoded' } : null
}

/** The last handler of the app: every error of every route ends here. */
export function problemHandler(log: Log, metrics: Pick<Metrics, 'failure'>): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    const fault = asFault(error)
    const problem = problemOf(fault, `urn:uuid:${res.locals['requestId']}`)
    metrics.failure(problem.code)
    const line = { requestId: res.locals['requestId'], code: problem.code, err: error }
    if (fault === null) log.error(line, 'bug')
    else log[problem.status >= 500 ? 'warn' : 'info'](line, 'refused')
    if (res.headersSent) next(error)
    else sendProblem(res, problem)
  }
}

export const notFound: RequestHandler = () => {
  throw new FaultError('not-found', 'there is nothing at this path; / says what there is')
}

/** For the end of a route: any method that has no handler. */
export function methodNotAllowed(...allowed: readonly string[]): RequestHandler {
  return (_req, res) => {
    res.set('Allow', allowed.join(', '))
    throw new FaultError('method-not-allowed', `this path allows ${allowed.join(', ')}`)
  }
}
