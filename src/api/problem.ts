/** Faults as HTTP answers: the problem document (service/problem.ts) under its status, and its line in the log. */
import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { FAULTS, type Fault, FaultError } from '../errors.ts'
import type { Pace } from '../service/pace.ts'
import { type Problem, problemOf } from '../service/problem.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { lingerUnlessWhole } from './linger.ts'
import { instanceOf, namesIn } from './request-id.ts'

/** Seconds after which a 429 or 503 is worth another try, where nothing is known of what it takes. */
const RETRY_AFTER_S = 5
/** Over when jobs have ended. */
const UNTIL_JOBS_END: readonly Problem['code'][] = ['queue-full', 'too-many-jobs']

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

/**
 * The last handler of the app: every error of every route ends here.
 * @param pace says when those come back whom a full queue refused
 */
export function problemHandler(
  log: Log,
  metrics: Pick<Metrics, 'failure'>,
  pace: Pick<Pace, 'retryAfterS'>,
): ErrorRequestHandler {
  // Express knows a handler of errors by its four parameters.
  return async (error: unknown, req, res, _next) => {
    const fault = asFault(error)
    const names = namesIn(res)
    const problem = problemOf(fault, instanceOf(names.requestId))
    metrics.failure(problem.code)
    const line = { ...names, code: problem.code, err: error }
    if (fault === null) log.error(line, 'bug')
    else log[FAULTS[fault.kind].level](line, 'refused')
    // Express's own handler would do the same, and print the error with its stack.
    if (res.headersSent) return void res.destroy()
    if (UNTIL_JOBS_END.includes(problem.code)) res.set('Retry-After', String(await pace.retryAfterS()))
    lingerUnlessWhole(req, res)
    sendProblem(res, problem)
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
