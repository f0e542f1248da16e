/**
 * A file to one S3 object: in one request, or above the size of a part in several, of which S3 shows nothing until all
 * are there. A part is held in memory, so that it can be hashed before it is sent and sent again where that failed.
 */
import { openAsBlob } from 'node:fs'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { HttpRequest } from '@smithy/core/protocols'

/** S3 takes 10 000 parts: 156 GiB, of the 64 GiB that an upload may have. */
export const PART_BYTES = 16 * 2 ** 20

export interface S3Target {
  readonly Bucket: string
  readonly Key: string
}

interface PutOptions {
  readonly partBytes: number
  /** The hash of the whole file in hex, where it is known already; the storage refuses other bytes. */
  readonly sha256?: string | undefined
  readonly signal?: AbortSignal | undefined
}

async function bytesOf(file: Blob): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer())
}

export async function putFile(client: S3Client, target: S3Target, path: string, options: PutOptions): Promise<void> {
  const { partBytes, sha256, signal } = options
  const file = await openAsBlob(path)
  if (file.size > partBytes) return putParts(client, target, file, options)
  const command = new PutObjectCommand({ ...target, Body: await bytesOf(file) })
  if (sha256 !== undefined) {
    // The signer takes this header instead of hashing the body itself.
    command.middlewareStack.add(
      (next) => (args) => {
        if (HttpRequest.isInstance(args.request)) args.request.headers['x-amz-content-sha256'] = sha256
        return next(args)
      },
      { step: 'build' },
    )
  }
  await client.send(command, signal && { abortSignal: signal })
}

async function putParts(client: S3Client, target: S3Target, file: Blob, { partBytes, signal }: PutOptions) {
  const how = signal && { abortSignal: signal }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target), how)
  const upload = { ...target, UploadId }
  try {
    const Parts: CompletedPart[] = []
    for (let atByte = 0; atByte < file.size; atByte += partBytes) {
      const PartNumber = Parts.length + 1
      const Body = await bytesOf(file.slice(atByte, atByte + partBytes))
      const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }), how)
      Parts.push({ PartNumber, ETag })
    }
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }), how)
  } catch (error) {
    // Not waited for: the storage may be away. What it does not hear, its lifecycle rules remove.
    client.send(new AbortMultipartUploadCommand(upload)).catch(() => {})
    throw error
  }
}
