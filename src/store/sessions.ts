/**
 * Browsers that are signed in. What a browser holds is known by its hash alone, and so is the key it signed in with: who reads
 * the table can neither be anyone nor call anything. A session ends at its time, by the engine's clock, or when it is removed;
 * whoever looks one up sees whether its key is still good (api/sessions.ts).
 */
import { z } from 'zod'
import { SCOPES, type Scope } from '../security/identity.ts'
import type { Database } from './database.ts'

export interface Session {
  readonly owner: string
  /** How it began: with a key, known by its SHA-256 in hex, or at a token provider, which said these scopes. */
  readonly by: { readonly keyHash: string } | { readonly scopes: readonly Scope[] }
}

export interface KeptSession extends Session {
  readonly expiresAtMs: number
}

export interface SessionStore {
  /** From now on. An owner keeps the newest MOST_OF_OWNER, and what has run out goes. @param idHash of what the browser holds */
  begin(idHash: string, session: Session, keepMs: number): Promise<KeptSession>
  /** As long as it lasts. */
  get(idHash: string): Promise<KeptSession | undefined>
  end(idHash: string): Promise<void>
}

export const MOST_OF_OWNER = 100

interface Row {
  readonly owner: string
  readonly key_hash: string | null
  readonly scopes: string | null
  readonly expires_ms: number
}

const scopesSchema = z.array(z.enum(SCOPES))

export function createSessions(db: Database): SessionStore {
  const { schema, nowMs } = db.dialect
  const table = `${schema}sessions`
  const sql = {
    insert: `INSERT INTO ${table} (id_hash, owner, key_hash, scopes, expires_ms)
      VALUES ($1, $2, $3, $4, ${nowMs} + CAST($5 AS bigint)) RETURNING *`,
    dropOld: `DELETE FROM ${table} WHERE expires_ms <= ${nowMs}`,
    dropMore: `DELETE FROM ${table} WHERE owner = $1 AND id_hash NOT IN
      (SELECT id_hash FROM ${table} WHERE owner = $1 ORDER BY expires_ms DESC, id_hash LIMIT ${MOST_OF_OWNER})`,
    get: `SELECT * FROM ${table} WHERE id_hash = $1 AND expires_ms > ${nowMs}`,
    end: `DELETE FROM ${table} WHERE id_hash = $1`,
  } as const

  return {
    begin: (idHash, { owner, by }, keepMs) =>
      db.write(
        async ({ query }) => {
          await query(sql.dropOld)
          const [keyHash, scopes] = 'keyHash' in by ? [by.keyHash, null] : [null, JSON.stringify(by.scopes)]
          const [row] = await query<Row>(sql.insert, [idHash, owner, keyHash, scopes, keepMs])
          await query(sql.dropMore, [owner])
          return keptOf(row!)
        },
        async (query) => {
          const [row] = await query<Row>(sql.get, [idHash])
          return row && keptOf(row)
        },
      ),
    async get(idHash) {
      const [row] = await db.read<Row>(sql.get, [idHash])
      return row && keptOf(row)
    },
    end: (idHash) =>
      db.write(async ({ query }) => {
        await query(sql.end, [idHash])
      }),
  }
}

function keptOf({ owner, key_hash: keyHash, scopes, expires_ms: expiresAtMs }: Row): KeptSession {
  const by = keyHash === null ? { scopes: scopesSchema.parse(JSON.parse(scopes ?? '[]')) } : { keyHash }
  return { owner, by, expiresAtMs }
}
