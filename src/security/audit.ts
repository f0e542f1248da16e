/**
 * The audit: one JSON line a finished job, one for each step of a study of a PACS, and one for each correction of a label map
 * (eventSchema), kept in the store and never changed. Who, when, what went in, which model, how it ended: ids, hashes and numbers. The schema has no field that free text could enter, so no name of a patient, a file or a
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
const jobSchema = z.strictObject({
  /** When the job ended. */
  time: z.iso.datetime(),
  owner: z.string().regex(OWNER_PATTERN),
  jobId: z.uuid(),
  /** The hash of everything that was asked: scans as sent, model with its weights, options, version of the service. */
  request: sha256.nullable(),
  /** The hashes of the scans, by channel; null: the job ended before they were read. */
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
/**
 * What went between us and a PACS. UIDs stand in it as hashes: whoever has the study can find its lines, and nobody can read
 * in them whose it is. Names of sources, destinations and rules are those of the configuration.
 */
const step = { time: z.iso.datetime(), study: sha256 }
const ofStudy = { ...step, studyId: z.uuid(), source: name, rule: name, intake: sha256 }
const ofObject = { ...step, jobId: z.uuid(), destination: name, object: sha256 }
/** What a person made of a label map: its SHA-256 as it is kept, and whose job it is. */
const ofMap = { time: z.iso.datetime(), owner: z.string().regex(OWNER_PATTERN), jobId: z.uuid() }
const eventSchema = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('decided'), ...ofStudy }),
  z.strictObject({ event: z.literal('pulled'), ...ofStudy, instances: z.int().min(1) }),
  z.strictObject({ event: z.literal('delivered'), ...ofObject }),
  z.strictObject({ event: z.literal('given-up'), ...ofObject }),
  z.strictObject({ event: z.literal('corrected'), ...ofMap, map: sha256 }),
  z.strictObject({ event: z.literal('correction-removed'), ...ofMap, map: sha256 }),
])

export type JobRecord = z.input<typeof jobSchema>
export type EventRecord = z.input<typeof eventSchema>
export type AuditRecord = JobRecord | EventRecord

/** Files of versions before the store kept it name no writer: each file was one's. */
const link = { writer: name.optional(), previous: sha256 }
const jobLine = jobSchema.extend(link)
const eventLine = z.discriminatedUnion(
  'event',
  eventSchema.options.map((each) => each.extend(link)) as unknown as [EventLine],
)
type EventLine = z.ZodObject<{ event: z.ZodLiteral<string> } & typeof link>

/** A line as it stands in the audit. */
export function parseLine(value: unknown): z.ZodSafeParseResult<{ writer?: string | undefined; previous: string }> {
  return lineSchemaOf(value).safeParse(value)
}

/** Lines of jobs have no event. */
function lineSchemaOf(value: unknown) {
  return typeof value === 'object' && value !== null && 'event' in value ? eventLine : jobLine
}

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
  const checked = 'event' in record ? eventSchema.parse(record) : jobSchema.parse(record)
  const text = JSON.stringify(lineSchemaOf(record).parse({ ...checked, writer, previous }))
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

/** The hash of a line without its newline. latin1: a torn line need not be UTF-8, and each byte counts. */
export function hashOf(line: string): string {
  return createHash('sha256').update(line, 'latin1').digest('hex')
}
