/**
 * A client as the service asks clients to be: it comes back after Retry-After when it was told 429 or 503, polls no sooner
 * than it was told to, sends a request again with its Idempotency-Key, and reads the label map it came for.
 */
import type { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, ask } from './ask.ts'

/** How the n-th upload is sent. */
export const WAYS = [
  'multipart, waits',
  'raw, later, keyed, sent twice',
  'multipart, later',
  'raw, waits, keyed',
] as const
type Way = (typeof WAYS)[number]

export interface Upload {
  readonly n: number
  /** `.nii` or `.nii.gz` */
  readonly scan: Uint8Array
}

export interface Sent {
  readonly way: Way
  /** State of its job in the end; 'lost' where the second request got another job than the first. */
  readonly state: string
  /** The time from the POST that was taken until its answer was read. */
  readonly ms: number
}

export interface Client {
  /** Sends the upload and sees its job to the end. Rejects when the signal aborts, or where there is no answer at all. */
  send(upload: Upload): Promise<Sent>
}

export interface ClientOptions {
  readonly base: string
  readonly agent: Agent
  readonly signal: AbortSignal
  /** Every answer, to what: "POST", "GET". */
  readonly onAnswer: (what: string, answer: Answer) => void
  /** In [0, 1): clients that were refused together must not come back together. */
  readonly random: () => number
}

const BOUNDARY = 'onelabel-load'
const DEFAULT_RETRY_S = 1

export function createClient({ base, agent, signal, onAnswer, random }: ClientOptions): Client {
  async function get(path: string): Promise<Answer> {
    const answer = await ask(base + path, { agent, signal })
    onAnswer('GET', answer)
    return answer
  }

  /** Until it is taken or refused for good. */
  async function post(path: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<Answer> {
    for (;;) {
      const answer = await ask(base + path, { method: 'POST', headers, body, agent, signal })
      onAnswer('POST', answer)
      if (answer.status !== 429 && answer.status !== 503) return answer
      await pauseAsTold(answer)
    }
  }

  function pauseAsTold(answer: Answer): Promise<void> {
    const retryS = Number(answer.header('retry-after') ?? DEFAULT_RETRY_S)
    return pause(retryS * 1000 * (1 + 0.2 * random()), undefined, { signal })
  }

  async function seeToItsEnd(location: string): Promise<string> {
    for (;;) {
      const answer = await get(location)
      if (answer.status !== 200) return `GET ${answer.status}`
      const { state } = JSON.parse(answer.body.toString()) as { state: string }
      if (state === 'succeeded') {
        const labels = await get(`${location}/labels`)
        return labels.status === 200 ? state : `labels ${labels.status}`
      }
      if (state !== 'queued' && state !== 'running') return state
      await pauseAsTold(answer)
    }
  }

  return {
    async send({ n, scan }) {
      const way = WAYS[n % WAYS.length]!
      const isMultipart = way.startsWith('multipart')
      const headers = {
        'Content-Type': isMultipart ? `multipart/form-data; boundary=${BOUNDARY}` : 'application/octet-stream',
        ...(way.includes('later') && { Prefer: 'respond-async' }),
        ...(way.includes('keyed') && { 'Idempotency-Key': `load-${n}` }),
      }
      const path = `/v1/segmentations${isMultipart ? '' : '?channel=t1'}`
      const body = isMultipart ? multipart(scan) : scan
      const answer = await post(path, headers, body)
      const location = answer.header('location')
      if (answer.status >= 300 || location === undefined) return { way, state: `POST ${answer.status}`, ms: answer.ms }
      if (way.includes('twice')) {
        const again = await post(path, headers, body)
        if (again.header('location') !== location) return { way, state: 'lost', ms: answer.ms }
      }
      const state = answer.status === 200 ? 'succeeded' : await seeToItsEnd(location)
      return { way, state, ms: answer.ms }
    },
  }
}

function multipart(scan: Uint8Array): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="t1"; filename="a.nii"\r\n\r\n`
  return Buffer.concat([Buffer.from(head), scan, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)])
}
