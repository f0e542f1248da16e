/** Fetches a series by DICOMweb (WADO-RS, PS3.18 10.4): every instance as it is stored, each to a sink as it streams in. */
import { codeOfStatus, type DeliveryCode, PacsError } from './delivery-code.ts'
import { type Answer, ask, bounded } from './exchange.ts'
import { boundaryOf, MultipartError, type PartLimits, partsOf } from './multipart-related.ts'
import type { Peer } from './peer.ts'
import { safe } from './qido.ts'

/** Takes one instance; rejects to stop. */
export type Sink = (index: number, body: AsyncIterable<Buffer>) => Promise<void>

/** In the transfer syntax that it has: what the archive would make of it else is its own affair. */
const ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*'

const MULTIPART: Readonly<Record<MultipartError['why'], DeliveryCode>> = {
  malformed: 'not-told',
  'cut-off': 'broken-off',
  'too-large': 'too-large',
}

/**
 * @returns how many instances there were
 * @throws PacsError, what the sink rejects with, or the signal's reason
 */
export async function pullSeries(
  peer: Peer,
  { study, series }: { readonly study: string; readonly series: string },
  sink: Sink,
  limits: PartLimits,
  signal: AbortSignal,
): Promise<number> {
  const path = `studies/${safe(study)}/series/${safe(series)}`
  const answer = await ask(peer, { path, headers: { Accept: ACCEPT }, signal })
  try {
    if (answer.status !== 200) throw new PacsError(peer.name, codeOfStatus(answer.status), `HTTP ${answer.status}`)
    return await pour(peer, answer, sink, limits)
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof MultipartError ? new PacsError(peer.name, MULTIPART[error.why], error.message) : error
  } finally {
    answer.body.destroy()
  }
}

async function pour(peer: Peer, { headers, body }: Answer, sink: Sink, limits: PartLimits): Promise<number> {
  const boundary = boundaryOf(headers['content-type'])
  if (boundary === undefined) throw new PacsError(peer.name, 'not-told', 'a series is no multipart/related')
  let count = 0
  for await (const part of partsOf(bounded(peer, body), boundary, limits)) {
    if (!/^application\/dicom\s*(;|$)/i.test(part.headers.get('content-type') ?? 'application/dicom')) {
      throw new PacsError(peer.name, 'not-told', 'a part of a series is no application/dicom')
    }
    await sink(count++, part.body)
  }
  return count
}
