/**
 * One JSON line an event (pino). What must never be logged: file names, form values, request URLs and bodies, text
 * out of a NIfTI header: each may carry a patient's name. So requests are logged by route and id, and errors by an
 * allow-list: the message of a FaultError (which holds no such text by the rule in errors.ts), and of any other
 * error only its type, code and the frames of its stack, because a library's message may quote its input.
 */
import pino from 'pino'
import { FaultError } from '../errors.ts'

export type Log = pino.Logger

/** A second lock: fields of these names are dropped wherever somebody logs an object with them. */
const NEVER = [
  'originalname',
  'filename',
  'fileName',
  'path',
  'url',
  'query',
  'headers',
  'body',
  'descrip',
  'description',
  'aux_file',
  'db_name',
  'intent_name',
]

interface LoggedError {
  readonly type: string
  readonly kind?: string
  readonly message?: string
  readonly code?: string
  readonly at?: readonly string[]
}

/** What may be said of an error: see the top of this file. */
export function describeError(error: unknown): LoggedError {
  if (error instanceof FaultError) return { type: error.name, kind: error.fault.kind, message: error.fault.message }
  if (!(error instanceof Error)) return { type: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  // The stack repeats the message, and a line of that may look like a frame.
  const frames = (error.stack ?? '').replace(error.message, '').split('\n')
  const at = frames.filter((line) => /^\s+at /.test(line))
  return { type: error.name, ...(code === undefined ? {} : { code }), at: at.slice(0, 12).map((line) => line.trim()) }
}

/**
 * @param destination where lines go; stdout when absent
 */
export function createLog(level: string, destination: pino.DestinationStream = toStdout()): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError, error: describeError },
    redact: { paths: NEVER.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), remove: true },
  }
  return pino(options, destination)
}

/**
 * Not pino's own destination: sonic-boom's flushSync at the end of the process repeats a write that fails with EPIPE
 * for ever, blocking, and was seen to keep a stopped service alive whose log reader had died. Here, without a reader,
 * lines are lost.
 */
function toStdout(): pino.DestinationStream {
  process.stdout.on('error', () => {})
  return { write: (line) => void process.stdout.write(line) }
}
