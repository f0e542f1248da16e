/** Bodies of a few words in JSON. Scans come by other ways (upload.ts). */
import express, { type RequestHandler } from 'express'
import type { z } from 'zod'
import { FaultError, sizeInWords } from '../errors.ts'

const MOST_BYTES = 4096

/** Reads it into req.body. @throws FaultError malformed-request */
export const smallJson: RequestHandler = (req, res, next) => {
  // Lua's HttpPost and some scripts name no type, or another.
  express.json({ limit: MOST_BYTES, inflate: false, type: () => true })(req, res, (error?: unknown) => {
    if (error === undefined) return next()
    next(
      new FaultError('malformed-request', `the body must be JSON of at most ${sizeInWords(MOST_BYTES, 'down')}`, {
        cause: error,
      }),
    )
  })
}

/** What was found is not repeated. @throws FaultError malformed-request */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const where = issue?.code === 'unrecognized_keys' ? 'a key that is unknown here' : issue?.path.join('.') || 'the body'
  throw new FaultError(
    'malformed-request',
    `${where}: ${issue?.code === 'unrecognized_keys' ? 'not taken' : issue?.message}`,
  )
}
