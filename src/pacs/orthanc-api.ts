/** Questions to Orthanc's own API. Answers are held to a schema: what is not as it should be is no answer. */
import { z } from 'zod'
import { codeOfStatus, PacsError } from './delivery-code.ts'
import { ask, textOf } from './exchange.ts'
import type { Peer } from './peer.ts'

/** What Orthanc calls a resource: a SHA-1. */
export const orthancId = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{8}){4}$/)

/** @returns undefined where there is no such thing. @throws PacsError */
export async function getJson<T>(
  peer: Peer,
  path: string,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const answer = await ask(peer, { path, signal })
  const text = await textOf(peer, answer)
  return answer.status === 404 ? undefined : parse(peer, answer.status, text, schema)
}

/** @throws PacsError */
export async function postJson<T>(
  peer: Peer,
  path: string,
  body: object,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<T> {
  const headers = { 'Content-Type': 'application/json' }
  const answer = await ask(peer, { method: 'POST', path, body: JSON.stringify(body), headers, signal })
  return parse(peer, answer.status, await textOf(peer, answer), schema)
}

export function parse<T>({ name }: Peer, status: number, text: string, schema: z.ZodType<T>): T {
  if (status !== 200) throw new PacsError(name, codeOfStatus(status), `HTTP ${status}`)
  const parsed = schema.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path.join('.') ?? ''
  throw new PacsError(name, 'not-told', `an answer of Orthanc is not as expected at '${where}'`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
