/**
 * The audit file: one JSON line a finished job, only ever appended to, on the disk before the next one is written. Who,
 * when, what went in, which model, how it ended: ids, hashes and numbers. The schema has no field that free text could
 * enter, so no name of a patient, a file or a person can.
 *
 * Each line carries the SHA-256 of the line before it (64 zeros in the first), so a line that is changed, removed, put
 * in or moved breaks the chain behind it. Who can write the file could make a whole new chain, or cut lines off its
 * end: against that, append() returns the hash of its line, to be kept where that person cannot write, such as the log.
 *
 * One writer a file: auditPath(). A line that a loss of power tore is ended and hashed like any other; verifying names it.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
export const lineSchema = recordSchema.extend({ previous: sha256 })
export type AuditRecord = z.input<typeof recordSchema>

export interface Audit {
  /**
   * Resolves with the hash of the line once it is on the disk.
   * @throws what the file system says, such as ENOSPC; a ZodError for a record with something else than the above: a bug
   */
  append(record: AuditRecord): Promise<string>
  close(): Promise<void>
}

/**
 * One file a process: two that append to one file would fork its chain.
 * @param hostname only where machines may share the folder
 */
export function auditPath(dataDir: string, role: 'all' | 'api' | 'worker', hostname: string): string {
  const host = hostname.replace(/[^A-Za-z0-9.-]/g, '-')
  return join(dataDir, role === 'all' ? 'audit.jsonl' : `audit-${role}-${host}.jsonl`)
}

/** Opens or makes the file, readable by its owner only. */
export async function openAudit(path: string): Promise<Audit> {
  const file = await open(path, 'a+', 0o600)
  await file.chmod(0o600)
  await syncFolder(dirname(path))
  let end = await readEnd(file)
  let turn: Promise<unknown> = Promise.resolve()

  async function write(record: AuditRecord): Promise<string> {
    // After a write that failed half-way, or somebody else's: the chain goes on from what the file really ends with.
    if ((await file.stat()).size !== end.size) end = await readEnd(file)
    const line = JSON.stringify({ ...recordSchema.parse(record), previous: end.hash })
    const bytes = Buffer.from(`${end.isTorn ? '\n' : ''}${line}\n`)
    await file.appendFile(bytes)
    await file.sync()
    end = { size: end.size + bytes.length, hash: hashOf(line), isTorn: false }
    return end.hash
  }

  return {
    append(record) {
      const written = turn.then(() => write(record))
      turn = written.catch(() => {})
      return written
    },
    async close() {
      await turn
      await file.close()
    },
  }
}

/** Of a line without its newline. latin1: a torn line need not be UTF-8, and each byte counts. */
export function hashOf(line: string): string {
  return createHash('sha256').update(line, 'latin1').digest('hex')
}

interface End {
  readonly size: number
  /** Of the last line. */
  readonly hash: string
  /** The last line has no newline. */
  readonly isTorn: boolean
}

/** Far above the longest line. */
const TAIL_BYTES = 64 * 1024

async function readEnd(file: FileHandle): Promise<End> {
  const { size } = await file.stat()
  if (size === 0) return { size, hash: FIRST_PREVIOUS, isTorn: false }
  const start = Math.max(0, size - TAIL_BYTES)
  const { buffer } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
  const text = buffer.toString('latin1')
  const isTorn = !text.endsWith('\n')
  const lines = (isTorn ? text : text.slice(0, -1)).split('\n')
  return { size, hash: hashOf(lines.at(-1) ?? ''), isTorn }
}

/** A new file's name is part of its folder. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
