/**
 * One request to a PACS and its answer, both streamed. No redirect is followed and no proxy asked. Every way in which it
 * can fail has a code that says whether it may have happened (delivery-code.ts).
 */
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { hasCode, sizeInWords } from '../errors.ts'
import { PacsError } from './delivery-code.ts'
import type { Peer } from './peer.ts'

export interface Ask {
  readonly method?: 'GET' | 'POST'
  /** Below the peer's URL, without a slash before it; its parts are escaped. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Readable
  readonly signal: AbortSignal
  /** Without a byte of the answer for so long it is given up. */
  readonly silenceMs?: number
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** To be read or destroyed. */
  readonly body: IncomingMessage
}

/** An archive may look for a study on a tape; a PACS that stores checks what it got. */
const SILENCE_MS = 60_000
/** The limit of an answer that is read whole. */
const MOST_TEXT_BYTES = 64 * 2 ** 20

/** @throws PacsError, or the signal's reason when it stops the request */
export async function ask(peer: Peer, question: Ask): Promise<Answer> {
  const authorization = await peer.authorization()
  for (;;) {
    question.signal.throwIfAborted()
    const { promise, request, state } = begin(peer, question, authorization)
    try {
      const response = await promise
      return { status: response.statusCode ?? 0, headers: response.headers, body: response }
    } catch (error) {
      request.destroy()
      question.signal.throwIfAborted()
      // The other side closed a kept connection just then.
      if (request.reusedSocket && (question.method ?? 'GET') === 'GET' && hasCode(error, 'ECONNRESET')) continue
      throw asPacsError(peer, error, state.isConnected)
    }
  }
}

function begin(peer: Peer, { method = 'GET', path, ...rest }: Ask, authorization: string | undefined) {
  const { headers = {}, body, signal, silenceMs = SILENCE_MS } = rest
  const url = new URL(path, peer.url)
  const isTls = url.protocol === 'https:'
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = (isTls ? requestHttps : requestHttp)(url, {
    method,
    agent: peer.agents[method],
    signal,
    headers: { 'User-Agent': 'onelabel', ...(authorization && { Authorization: authorization }), ...headers },
  })
  const state = { isConnected: false }
  request.on('socket', (socket) => {
    // One that is used again is connected already, and would keep what is hung on it.
    state.isConnected = !socket.connecting
    if (state.isConnected) return
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      state.isConnected = true
    })
  })
  request.setTimeout(silenceMs, () => {
    request.destroy(new PacsError(peer.name, state.isConnected ? 'timed-out' : 'unreachable'))
  })
  request.once('response', resolve)
  request.on('error', reject)
  // An answer may come before all of the body was sent; then the rest does not matter.
  if (body instanceof Readable) pipeline(body, request).catch(reject)
  else request.end(body)
  return { promise, request, state }
}

/** What was thrown on the way, as ours. */
export function asPacsError({ name }: Peer, cause: unknown, isConnected: boolean): unknown {
  if (cause instanceof PacsError || !(cause instanceof Error)) return cause
  const code = 'code' in cause ? String(cause.code) : ''
  if (isConnected) return new PacsError(name, 'broken-off', code, { cause })
  // What OpenSSL and Node call it when certificates or versions do not fit.
  const isTls = /^(ERR_(SSL|TLS)|CERT|DEPTH|SELF_SIGNED|UNABLE_TO)|SELF_SIGNED|EPROTO/.test(code)
  return new PacsError(name, isTls ? 'tls-failed' : 'unreachable', code, { cause })
}

/** The bytes of an answer, of which there may be so many; what goes wrong on the way has our codes. */
export async function* bounded(
  peer: Peer,
  body: AsyncIterable<Buffer>,
  mostBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer, void> {
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > mostBytes) throw new PacsError(peer.name, 'too-large', `more than ${sizeInWords(mostBytes, 'down')}`)
      yield chunk
    }
  } catch (error) {
    throw asPacsError(peer, error, true)
  }
}

/** Reads an answer whole. @throws PacsError too-large, broken-off */
export async function textOf(peer: Peer, { body }: Answer, mostBytes = MOST_TEXT_BYTES): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of bounded(peer, body, mostBytes)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
