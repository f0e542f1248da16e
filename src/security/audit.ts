/**
 * The audit: one JSON line a finished job, kept in the store and never changed. Who, when, what went in, which model, how it
 * ended: ids, hashes and numbers. The schema has no field that free text could enter, so no name of a patient, a file or a
 * person can.
 *
 * Each line carries its writer and the SHA-256 of that writer's line before it (64 zeros in the first), so a line that is
 * changed, removed, put in or moved breaks the chain behind it. Who can write the store could make a whole new chain, or
 * cut lines off its end: against that, the hash of each line is logged, to be kept where that person cannot write.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { FAULT_KINDS } from '../errors.ts'
import { OWNER_PATTERN } from './identity.ts'

export const FIRST_PREVIOUS = '0'.repeat(64)

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const name = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/)
const recordSchema = z.strictObject({
  /** When the job ended. */
  time: z.iso.datetime(),
  owner: z.string().regex(OWNER_PATTERN),
  jobId: z.uuid(),
  /** Of everything that was asked: scans as sent, model with its weights, options, version of the service. */
  request: sha256.nullable(),
  /** Of the scans, by channel; null: the job ended before they were read. */
  input: z.record(name, sha256).nullable(),
  /** null: not known any more when the job ended. */
  model: z.strictObject({ id: name, sha256: sha256.nullable() }),
  outcome: z.discriminatedUnion('state', [
    z.strictObject({ state: z.literal('succeeded') }),
    z.strictObject({ state: z.literal('cancelled') }),
    z.strictObject({ state: z.literal('failed'), fault: z.enum([...FAULT_KINDS, 'internal']) }),
  ]),
  /** By what took it: queue, decode, infer, total … */
  durationsMs: z.record(name, z.number().min(0)),
})
/** Files of versions before the store kept it name no writer: each file was one's. */
export const lineSchema = recordSchema.extend({ writer: name.optional(), previous: sha256 })
export type AuditRecord = z.input<typeof recordSchema>

export interface AuditLine {
  /** Without a newline. */
  readonly text: string
  readonly hash: string
}

/**
 * The line of a record in its writer's chain.
 * @throws ZodError for a record with something else than the above: a bug
 */
export function auditLine(record: AuditRecord, writer: string, previous: string): AuditLine {
  const text = JSON.stringify(lineSchema.parse({ ...recordSchema.parse(record), writer, previous }))
  return { text, hash: hashOf(text) }
}

/** One chain a machine: its processes take turns. What a host may be called and a writer may not is replaced. */
export function auditWriter(hostname: string): string {
  return (
    hostname
      .replace(/[^a-zA-Z0-9.-]/g, '-')
      .replace(/^[^a-zA-Z0-9]+/, '')
      .slice(0, 64) || 'host'
  )
}

/** Of a line without its newline. latin1: a torn line need not be UTF-8, and each byte counts. */
export function hashOf(line: string): string {
  return createHash('sha256').update(line, 'latin1').digest('hex')
}
