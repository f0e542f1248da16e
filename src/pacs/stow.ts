/**
 * Stores one instance by DICOMweb (STOW-RS, PS3.18 10.5). The HTTP status says little: archives answer 200 and store nothing,
 * or 400 though they stored it. What counts is where the answer names the instance, and whether a search finds it.
 */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { BlobRead } from '../store/blobs.ts'
import { codeOfStatus, type DeliveryCode, PacsError } from './delivery-code.ts'
import { type DataSet, itemsOf, parseDataSets, textsOf, valuesOf, wholeOf } from './dicom-json.ts'
import { ask, textOf } from './exchange.ts'
import type { Peer } from './peer.ts'
import { safe } from './qido.ts'
import { TAGS } from './tags.ts'

export interface Verdict {
  readonly code: DeliveryCode
  /** What the answer said, for the operator: numbers alone. */
  readonly detail: string
}

/** It checks and files what it got before it answers. */
const SILENCE_MS = 120_000
const MOST_ANSWER_BYTES = 2 ** 20

/** @throws PacsError where there was no answer, or the signal's reason; a bad answer is a verdict */
export async function store(
  peer: Peer,
  { study, sopInstanceUid, sopClassUid }: { study: string; sopInstanceUid: string; sopClassUid: string },
  instance: BlobRead,
  signal: AbortSignal,
): Promise<Verdict> {
  const boundary = randomUUID()
  const part = `Content-Type: application/dicom\r\nContent-Length: ${instance.sizeBytes}\r\n\r\n`
  const head = Buffer.from(`--${boundary}\r\n${part}`)
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const body = Readable.from(
    (async function* () {
      yield head
      yield* instance.stream
      yield tail
    })(),
    { objectMode: false },
  )
  const headers = {
    'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
    // Some servers take no chunked body.
    'Content-Length': String(head.length + instance.sizeBytes + tail.length),
    Accept: 'application/dicom+json',
  }
  const question = { method: 'POST', path: `studies/${safe(study)}`, headers, body, signal } as const
  const answer = await ask(peer, { ...question, silenceMs: SILENCE_MS })
  // Once there is a status it counts, whatever becomes of the rest.
  const text = await textOf(peer, answer, MOST_ANSWER_BYTES).catch((error: unknown) => {
    signal.throwIfAborted()
    if (error instanceof PacsError) return ''
    throw error
  })
  return judge(answer.status, parseDataSets(text)?.[0] ?? null, sopInstanceUid, sopClassUid)
}

/** What an answer says of this instance. */
export function judge(status: number, answer: DataSet | null, sopInstanceUid: string, sopClassUid: string): Verdict {
  const isIt = (item: DataSet) => {
    const classes = textsOf(item, TAGS.referencedSopClassUid)
    // One of another class under our UID is not what we sent.
    return (
      valuesOf(item, TAGS.referencedSopInstanceUid).includes(sopInstanceUid) &&
      (classes.length === 0 || classes.includes(sopClassUid))
    )
  }
  const http = `HTTP ${status}`
  const stored = answer === null ? undefined : itemsOf(answer, TAGS.referencedSopSequence).find(isIt)
  const failed = answer === null ? undefined : itemsOf(answer, TAGS.failedSopSequence).find(isIt)
  // Both at once is no word to rely on.
  if (stored !== undefined && failed !== undefined) return { code: 'not-told', detail: http }
  if (stored !== undefined) {
    const warning = wholeOf(stored, TAGS.warningReason)
    return { code: warning === undefined ? 'stored' : 'warning', detail: withReason(http, warning) }
  }
  if (failed !== undefined) {
    const reason = wholeOf(failed, TAGS.failureReason)
    return { code: codeOfReason(reason), detail: withReason(http, reason) }
  }
  return { code: status >= 200 && status < 300 ? 'not-told' : codeOfStatus(status), detail: http }
}

function withReason(http: string, reason: number | undefined): string {
  return reason === undefined ? http : `${http}, reason ${reason.toString(16).toUpperCase().padStart(4, '0')}`
}

/** Failure Reason, (0008,1197): PS3.18 table I.2-2 and the statuses of C-STORE, PS3.4 table B.2-1. */
function codeOfReason(reason: number | undefined): DeliveryCode {
  if (reason === undefined) return 'refused'
  if (reason === 0x0111) return 'duplicate'
  if (reason === 0x0110) return 'not-processed'
  if (reason === 0x0122 || reason === 0xc122) return 'not-supported'
  if (reason === 0x0124) return 'unauthorised'
  if (reason >= 0xa700 && reason <= 0xa7ff) return 'full'
  if (reason >= 0xa900 && reason <= 0xa9ff) return 'not-understood'
  if (reason >= 0xc000 && reason <= 0xcfff) return 'not-understood'
  return 'refused'
}
