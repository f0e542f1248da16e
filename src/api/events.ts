/**
 * GET /v1/segmentations/{id}/events, /v1/comparisons/{id}/events: what happens to a job, as it happens, until it has ended.
 *
 *   event: progress            or `state`, where that is another than the client was told, and as the first of a stream
 *   id: 17                     the job's sequence; sent back as Last-Event-ID, nothing up to it is told again
 *   data: {"state":"running","stage":"infer","done":3,"total":8,"secondsLeft":20,…}
 *
 * Each event is the job as it stands: of several changes at once only the last is told, and a client that reads too slowly
 * misses some, never the end. A client that has seen the end and comes back is answered 204, which tells an EventSource to
 * stay away.
 */
import type { Request, RequestHandler, Response } from 'express'
import { FaultError } from '../errors.ts'
import { jobEventData } from '../service/job-document.ts'
import { isFinal } from '../store/job.ts'
import type { JobStore, StoredJob } from '../store/job-store.ts'
import { waitForJob } from '../store/wait.ts'
import { openEventStream } from './event-stream.ts'

export interface EventsDeps {
  readonly store: Pick<JobStore, 'get' | 'onChange'>
  /** Streams open at a time; each looks at its job once a second. */
  readonly maxEventStreams: number
  /** What a proxy puts before our paths, or ''. */
  readonly basePath: string
  /** How many of these one owner may have open, so that nobody can take them all. */
  readonly maxOwnerStreams: number
  /** Aborts when nothing is computed here any more: whoever listens is to come back. */
  readonly stopped: AbortSignal
}

/** Proxies cut what is silent for 30 to 60 s. */
const HEARTBEAT_MS = 15_000
/** After a stream was cut, as an EventSource waits by itself. */
const RECONNECT_MS = 2_000

const INSTEAD = 'ask for the job'
const EVENT_ID = /^\d{1,15}$/

/** What the client has seen: a header from an EventSource that reconnects, a query from whoever cannot set one. */
function lastEventId(req: Request): number | undefined {
  const query = req.query['last-event-id']
  const given = req.get('last-event-id') ?? query
  if (given === undefined || given === '') return undefined
  if (typeof given === 'string' && EVENT_ID.test(given)) return Number(given)
  throw new FaultError('malformed-request', 'Last-Event-ID must be the id of an event of this job, a whole number')
}

/** The handler for jobs of one kind. @param jobOf the job that the path names, if it is the caller's */
export type EventsOf = (jobOf: (req: Request, res: Response) => Promise<StoredJob>) => RequestHandler

/**
 * The limits hold for all kinds together.
 * @throws FaultError not-acceptable, malformed-request, too-many-streams, draining
 */
export function createEvents({ store, maxEventStreams, maxOwnerStreams, basePath, stopped }: EventsDeps): EventsOf {
  /** Owners of the streams that are open. */
  const open: string[] = []

  function requirePlace(owner: string): void {
    if (open.length >= maxEventStreams) {
      throw new FaultError(
        'too-many-streams',
        `${open.length} streams of events are open, as many as may be; ${INSTEAD}`,
      )
    }
    const theirs = open.filter((each) => each === owner).length
    if (theirs >= maxOwnerStreams) {
      throw new FaultError('too-many-streams', `you have ${theirs} streams open, which is the most allowed; ${INSTEAD}`)
    }
  }

  async function tell(res: Response, id: string, lastSeen: number | undefined): Promise<void> {
    const stream = openEventStream(res, HEARTBEAT_MS, RECONNECT_MS)
    const over = AbortSignal.any([stream.gone, stopped])
    let seen = lastSeen
    let told: string | undefined
    // An id that was never given, as after the job store was put back to an older state, must not hide the end.
    const isNews = ({ job, sequence }: StoredJob) =>
      seen === undefined || (isFinal(job) ? sequence !== seen : sequence > seen && !stream.isBehind())
    let comment: string | undefined
    try {
      for (;;) {
        const stored = await waitForJob(store, id, isNews, over)
        if (stream.gone.aborted || stored === undefined) break
        if (isNews(stored)) {
          const { job, sequence, attempt } = stored
          const standing = `${job.state} ${attempt}`
          stream.send({
            name: standing === told ? 'progress' : 'state',
            id: sequence,
            data: jobEventData(stored, basePath),
          })
          told = standing
          seen = sequence
          if (isFinal(job)) break
        }
        if (stopped.aborted) {
          comment = 'the service is stopping; come back'
          break
        }
      }
    } finally {
      stream.end(comment)
    }
  }

  return (jobOf) => async (req, res) => {
    const { job, sequence, owner } = await jobOf(req, res)
    if (req.accepts('text/event-stream') === false) {
      throw new FaultError('not-acceptable', 'events are sent only as text/event-stream')
    }
    const seen = lastEventId(req)
    if (isFinal(job) && seen === sequence) return void res.status(204).end()
    if (stopped.aborted) throw new FaultError('draining', 'the service is stopping; come back later')
    if (req.method === 'HEAD') return void res.type('text/event-stream').end()
    requirePlace(owner)
    open.push(owner)
    try {
      await tell(res, job.id, seen)
    } finally {
      open.splice(open.indexOf(owner), 1)
    }
  }
}
