/**
 * The AWS SDK's client for S3-compatible storage, by path (`<endpoint>/<bucket>/<key>`), as this service wants it: tried
 * again with growing pauses where the other side or the network failed, given up where no byte moves, and its errors in
 * the words of the house (docs/decisions/0031-s3-by-the-sdk.md).
 */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { FaultError } from '../errors.ts'

export interface S3Access {
  /** Such as http://minio:9000; absent: AWS in the region. */
  readonly endpoint?: string
  readonly region: string
  /** Absent: as the SDK finds them, asked for again before they expire. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

export interface S3Patience {
  /** Before the second and later tries. */
  readonly pausesMs: readonly number[]
  /** Without a byte moved in either direction; then the try is given up. */
  readonly idleMs: number
}

const PATIENCE: S3Patience = { pausesMs: [100, 300, 900, 2700], idleMs: 30_000 }
const CONNECT_MS = 10_000

export const UNREACHABLE = 'the storage of scans and label maps does not answer; try later'

const NO_CREDENTIALS =
  'there are no credentials for the storage of scans and label maps; tried AWS_ACCESS_KEY_ID with ' +
  'AWS_SECRET_ACCESS_KEY, the shared files (profile, SSO, process), a web identity token, and the metadata of ' +
  'container and instance'

/** @throws FaultError not-ready where none of the SDK's sources has credentials; which one failed, and how, is the cause */
const findCredentials: NonNullable<S3ClientConfig['credentialDefaultProvider']> = (settings) => {
  const find = defaultProvider(settings)
  return async (properties) => {
    try {
      return await find(properties)
    } catch (cause) {
      throw new FaultError('not-ready', NO_CREDENTIALS, { cause })
    }
  }
}

/** What the SDK throws, at least: of an answer, its status and the code in it (name); of the network, neither. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number }
}

function statusOf(error: Error): number | undefined {
  return (error as SdkError).$metadata?.httpStatusCode
}

/** Whether the storage answered that there is no such object; a bucket that is not there is a wrong setting. */
export function isNoSuchKey(error: unknown): boolean {
  return error instanceof Error && statusOf(error) === 404 && !/^NoSuch(Bucket|Upload)$/.test(error.name)
}

function inOurWords(error: unknown, operation: string): unknown {
  if (!(error instanceof Error) || error instanceof FaultError || isNoSuchKey(error)) return error
  if (error.name === 'AbortError') return error
  const status = statusOf(error)
  if (status === 507) return new FaultError('disk-full', 'no space left for uploads and results; try later')
  if (status === undefined) return new FaultError('not-ready', UNREACHABLE, { cause: error })
  if (status >= 500 || status === 429) return new FaultError('not-ready', `${UNREACHABLE} (it said ${status})`)
  // Without the SDK's own error as its cause: that holds the signed request.
  return new Error(`the storage refused ${operation} with ${status} (${error.name})`)
}

/**
 * Its commands reject with FaultError not-ready when the storage still fails at the last try, disk-full when it has no
 * room (507); with the SDK's own errors for an object that is not there and for an abort; and with an Error (a bug, or wrong settings) for any other
 * refusal.
 */
export function createS3Client({ endpoint, region, credentials }: S3Access, patience: S3Patience = PATIENCE): S3Client {
  const { pausesMs, idleMs } = patience
  const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }
  const client = new S3Client({
    region,
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
    credentialDefaultProvider: findCredentials,
    forcePathStyle: true,
    // The signature covers the SHA-256 of each body; checksums beside it are not known to every storage.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    retryStrategy: new ConfiguredRetryStrategy(pausesMs.length + 1, (tries) => pausesMs[tries - 1] ?? 0),
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: idleMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  })
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        try {
          return await next(args)
        } catch (error) {
          throw inOurWords(error, String(commandName).replace(/Command$/, ''))
        }
      },
    { step: 'initialize', priority: 'high', name: 'inOurWords' },
  )
  return client
}
