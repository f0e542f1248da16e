/** One HTTP request over the connections of one agent, timed until its answer was read. */
import { once } from 'node:events'
import { type Agent, type IncomingMessage, request } from 'node:http'

export interface Question {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly agent: Agent
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly status: number
  header(name: string): string | undefined
  readonly body: Buffer
  readonly ms: number
}

/** Rejects where there is no answer: refused, reset, aborted. */
export async function ask(
  url: string,
  { method = 'GET', headers = {}, body, agent, signal }: Question,
): Promise<Answer> {
  const startedMs = performance.now()
  const length = body === undefined ? {} : { 'Content-Length': String(body.length) }
  const req = request(url, { method, headers: { ...length, ...headers }, agent, ...(signal && { signal }) })
  req.end(body)
  const [response] = (await once(req, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return {
    status: response.statusCode ?? 0,
    header: (name) => [response.headers[name]].flat()[0],
    body: Buffer.concat(chunks),
    ms: performance.now() - startedMs,
  }
}
