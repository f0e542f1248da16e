/** One of the two services that are measured, as a client sees it. */
import { Agent } from 'node:http'
import { type Answer, ask } from '../load/ask.ts'

export interface Scan {
  readonly name: string
  /** `.nii` or `.nii.gz` */
  readonly bytes: Uint8Array
  readonly voxels: number
  /** Made by syntheticHead(): no scan, and so not to be judged as one. */
  readonly isSynthetic: boolean
}

/** Stage → seconds, as the service itself says. */
export type Stages = Readonly<Record<string, number>>

export interface Network {
  /** Inside onnxruntime's run(), as the service counts it; absent where it does not. */
  readonly seconds?: number
  readonly patches: number
}

export interface Side {
  /** The process under which are all that count. */
  readonly pid: number
  /** From the start of the program to its first "ready". */
  readonly startSeconds: number
  /** One request, to the last byte of its label map. */
  send(scan: Scan): Promise<Answer>
  /** The stages of an answer that was given: asked for afterwards, so that it takes no time of the request. */
  stages(answer: Answer): Promise<Stages>
  /** What the network did in all requests so far. */
  network(): Promise<Network>
  end(): Promise<void>
}

/** Sends the scan and takes nothing but a label map for an answer. Waits as long as it takes. */
export async function post(url: string, { bytes }: Scan, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const agent = new Agent()
  const answer = await ask(url, { method: 'POST', headers, body: bytes, agent }).finally(() => agent.destroy())
  if (answer.status === 200) return answer
  throw new Error(`POST ${url} was answered ${answer.status}: ${answer.body.subarray(0, 500)}`)
}

/** Whether a service says that it is ready; undefined where it does not (yet). */
export async function isReady(base: string): Promise<true | undefined> {
  const answer = await fetch(`${base}/readyz`, { headers: { Connection: 'close' } }).catch(() => null)
  await answer?.arrayBuffer()
  return answer?.ok || undefined
}
