/**
 * Signed requests to S3-compatible storage, by path (`<endpoint>/<bucket>/<key>`), tried again with growing pauses where
 * the other side or the network failed. Signatures: AWS Signature Version 4, by aws4fetch.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { AwsV4Signer } from 'aws4fetch'
import { FaultError } from '../errors.ts'

export interface S3Access {
  /** Such as https://s3.eu-central-1.amazonaws.com or http://minio:9000. */
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials. */
  readonly sessionToken?: string
}

export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  /** `/<bucket>` or `/<bucket>/<key>` */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Blob
  /** Lower-case hex; the storage refuses other bytes than these. */
  readonly bodySha256?: string
  /** Neither sends a file nor receives one. */
  readonly isQuick?: boolean
}

interface S3Patience {
  /** Before the second and later tries. */
  readonly pausesMs: readonly number[]
  /** For one try at a request with neither a file to send nor one to receive. */
  readonly quickMs: number
}

const PATIENCE: S3Patience = { pausesMs: [100, 300, 900, 2700], quickMs: 10_000 }

const UNREACHABLE = 'the storage of scans and label maps does not answer; try later'

/** The first part of what S3 says of an error, such as NoSuchKey; it holds nothing of ours. */
async function errorCode(response: Response): Promise<string> {
  return /<Code>([A-Za-z]{1,60})<\/Code>/.exec(await response.text().catch(() => ''))?.[1] ?? 'no code'
}

/**
 * @returns the answer, 2xx or 404; its body must be read or cancelled
 * @throws FaultError not-ready when the storage still fails at the last try, disk-full when it has no room (507);
 *   Error (a bug, or wrong settings) for any other refusal
 */
export type S3Send = (request: S3Request) => Promise<Response>

export function createS3Client(access: S3Access, { pausesMs, quickMs }: S3Patience = PATIENCE): S3Send {
  const { endpoint, ...credentials } = access

  async function once({ method, path, query, body, bodySha256, isQuick }: S3Request): Promise<Response> {
    const url = new URL(endpoint.replace(/\/+$/, '') + path)
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
    const headers = { 'Accept-Encoding': 'identity', 'X-Amz-Content-Sha256': bodySha256 ?? 'UNSIGNED-PAYLOAD' }
    const signed = await new AwsV4Signer({ ...credentials, service: 's3', method, url: url.href, headers }).sign()
    const patience = isQuick ? { signal: AbortSignal.timeout(quickMs) } : {}
    return fetch(signed.url, { method, headers: signed.headers, ...(body && { body }), redirect: 'error', ...patience })
  }

  async function judged(response: Response, method: string): Promise<Response> {
    if (response.ok) return response
    const code = await errorCode(response)
    if (response.status === 404 && code !== 'NoSuchBucket') return response
    if (response.status === 507) throw new FaultError('disk-full', 'no space left for uploads and results; try later')
    throw new Error(`the storage refused ${method} with ${response.status} (${code})`)
  }

  return async (request) => {
    for (let tries = 0; ; tries++) {
      const pauseMs = pausesMs[tries]
      const answer = await once(request).catch((error: unknown) => {
        if (pauseMs === undefined) throw new FaultError('not-ready', UNREACHABLE, { cause: error })
        return undefined
      })
      const again = answer === undefined || (answer.status >= 500 && answer.status !== 507) || answer.status === 429
      if (!again) return judged(answer, request.method)
      await answer?.body?.cancel()
      if (pauseMs === undefined) throw new FaultError('not-ready', `${UNREACHABLE} (it said ${answer?.status})`)
      await pause(pauseMs)
    }
  }
}
