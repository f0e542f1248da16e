/**
 * The HTTP server around the app, with every time limit set: Node's defaults either cut a slow scan or none at all.
 *
 *   handshake 20 s   with TLS
 *   headers   20 s   a client that trickles headers is cut
 *   request   ONELABEL_UPLOAD_TIMEOUT_S   headers and body; after it 408
 *   answer    none here: a CPU answer takes minutes in silence. ONELABEL_SYNC_WAIT_S bounds the wait with a 202
 *   idle      65 s   longer than the 60 s of usual proxies, so that they, not we, close first
 *
 * The other side has limits too: Node's own fetch gives up after 300 s without headers, many proxies after 60 s.
 * Behind such, ask with `Prefer: respond-async`.
 */

import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Tls, TlsFiles } from '../security/tls.ts'
import { type Problem, problemOf } from '../service/problem.ts'
import { instanceOf, requestIdOf } from './request-id.ts'

const HEADERS_TIMEOUT_MS = 20_000
const KEEP_ALIVE_MS = 65_000
/** How often Node looks for requests that are too slow. */
const CHECK_EVERY_MS = 1_000

/**
 * @param uploadTimeoutMs for a whole request, headers and body, to arrive
 * @param tls null: plain http; connections that begin after a change have its new certificate
 */
export function createHttpServer(app: RequestListener, uploadTimeoutMs: number, tls: Tls | null = null): Server {
  const options = {
    requestTimeout: uploadTimeoutMs,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, uploadTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, uploadTimeoutMs),
  }
  const server = tls === null ? createServer(options, app) : createSecureServer(options, app, tls)
  server.timeout = 0
  // "Expect: 100-continue": the app decides whether the body may come (upload.ts); Node would always say yes.
  server.on('checkContinue', app)
  server.on('clientError', answerClientError)
  return server
}

function createSecureServer(options: object, app: RequestListener, tls: Tls): Server {
  const contextOf = (files: TlsFiles) => ({ ...files, minVersion: 'TLSv1.2' as const })
  const handshake = { handshakeTimeout: HEADERS_TIMEOUT_MS }
  const server = createTlsServer({ ...options, ...handshake, ...contextOf(tls.current()) }, app)
  tls.onChange((files) => server.setSecureContext(contextOf(files)))
  return server
}

/** What is not HTTP, or comes too slowly, never reaches the app; it gets its problem document all the same. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const requestId = requestIdOf(undefined)
  const body = JSON.stringify(problemOfClientError(error.code, instanceOf(requestId)))
  const { status } = JSON.parse(body) as Problem
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      `X-Request-Id: ${requestId}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}

function problemOfClientError(code: string | undefined, instance: string): Problem {
  return code === 'ERR_HTTP_REQUEST_TIMEOUT'
    ? problemOf({ kind: 'request-timeout', message: 'the request did not arrive within the time allowed' }, instance)
    : problemOf({ kind: 'malformed-request', message: 'this is not a request that HTTP/1.1 knows' }, instance)
}
