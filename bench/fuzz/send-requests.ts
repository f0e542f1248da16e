/** Fuzzed requests to the service in this process, whose computation is a stand-in; each answer is held to openapi.yaml. */
import { Agent, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { FaultError } from '../../src/errors.ts'
import { peekInput } from '../../src/inference/read-input.ts'
import { description, holdToContract } from '../../test/fixtures/contract.ts'
import { hang, type Segment, startTestService, succeed } from '../../test/fixtures/service.ts'
import { createDraw } from './draw.ts'
import { type FuzzRequest, makeRequest } from './make-request.ts'

export interface Answers {
  /** Status → how many. */
  readonly statuses: ReadonlyMap<number, number>
  /** What should not have happened, with the number of the request. */
  readonly wrong: readonly string[]
}

const AT_ONCE = 8

/** @param patienceMs for one answer; more is a hang */
export async function sendRequests(requests: number, seed: number, patienceMs: number): Promise<Answers> {
  const service = await startTestService({
    maxUploadBytes: 2 ** 16,
    maxInflatedBytes: 2 ** 18,
    cache: true,
    syncWaitMs: 1_000,
  })
  service.peek = peekInput
  service.segment = segmenting(seed)
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const statuses = new Map<number, number>()
  const wrong: string[] = []
  const ids: string[] = []
  let next = 0

  async function one(n: number): Promise<void> {
    const asked = makeRequest(createDraw(seed, n), ids.slice(-20))
    try {
      const { response, bytes } = await send(service.port, agent, asked, patienceMs)
      const status = response.statusCode ?? 0
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const id = /\/v1\/segmentations\/([^/]+)$/.exec(response.headers.location ?? '')?.[1]
      if (id !== undefined) ids.push(id)
      const fault = faultIn(asked, response, bytes)
      if (fault !== null) throw new Error(fault)
    } catch (error) {
      const { method, path, headers } = asked
      wrong.push(`seed ${seed}, request ${n}: ${method} ${path.slice(0, 200)} ${JSON.stringify(headers)}: ${error}`)
    }
  }

  try {
    const line = async () => {
      while (next < requests) await one(next++)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, line))
  } finally {
    agent.destroy()
    await service.close()
  }
  return { statuses, wrong: [...wrong, ...service.logLines.filter((logged) => logged.includes('"msg":"bug"'))] }
}

/** Most scans are segmented; some fail, some take until they are cancelled or nobody waits any more. */
function segmenting(seed: number): Segment {
  const draw = createDraw(seed, -1)
  return (task, options) => {
    if (draw.chance(0.1)) throw new FaultError('scan-constant', 'all 8 voxels are 0')
    if (draw.chance(0.01)) return Promise.race([hang(task, options), soon().then(() => succeed(task, options))])
    return succeed(task, options)
  }
}

const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 50))

function send(port: number, agent: Agent, { method, path, headers, body }: FuzzRequest, patienceMs: number) {
  return new Promise<{ response: IncomingMessage; bytes: Buffer }>((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', agent, method, path, headers: latin1(headers) }, (response) => {
      buffer(response).then((bytes) => resolve({ response, bytes }), reject)
    })
    sent.setTimeout(patienceMs, () => sent.destroy(new Error('it hangs')))
    sent.once('error', reject)
    sent.end(body)
  })
}

/** Node sends no other characters in headers. */
const latin1 = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => /^[\t\x20-\x7e]*$/.test(value)))

/** What an answer must not be; null: it is as described. */
function faultIn(asked: FuzzRequest, { statusCode = 0, headers }: IncomingMessage, bytes: Buffer): string | null {
  const { method, template, path } = asked
  if (statusCode >= 500 && statusCode !== 503) return `${statusCode} ${bytes}`
  // RFC 9110, section 13.1.2: whoever wants nothing that is there already.
  if (statusCode === 304 && 'If-None-Match' in asked.headers) return null
  const item = description.paths[template]!
  if (/\/more(\?|$)/.test(path)) return isRefusal(statusCode)
  if (method === 'HEAD') return 'get' in item ? null : isRefusal(statusCode)
  if (!(method.toLowerCase() in item) && statusCode !== 405) return isRefusal(statusCode)
  if (method === 'OPTIONS') return null
  const type = headers['content-type'] ?? ''
  const body: unknown = type.includes('json') ? JSON.parse(bytes.toString()) : bytes
  holdToContract(method, path, { status: statusCode, headers: headers as Record<string, string>, body })
  return null
}

/** What is wrong with an answer to a path or method that is not described; null where nothing is. */
function isRefusal(status: number): string | null {
  return [400, 403, 404, 405].includes(status) ? null : `${status} for what is not described`
}
