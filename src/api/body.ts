/** The body of a request: whether it may come, and its bytes as they come. */
import type { Request, Response } from 'express'
import { FaultError, sizeInWords } from '../errors.ts'

/**
 * A client that asked first ("Expect: 100-continue", as curl does for anything large) is told to go on only here, so
 * that whatever was refused before cost no upload.
 * @throws FaultError upload-too-large for a length that is said
 */
export function letBodyCome(req: Request, res: Response, maxBytes: number): void {
  const declared = Number(req.get('content-length') ?? 0)
  if (declared > maxBytes) throw tooLarge(maxBytes, declared)
  // RFC 9110, section 10.1.1: never to HTTP/1.0, which does not know it.
  if (req.httpVersion === '1.1' && req.get('expect')?.toLowerCase() === '100-continue') res.writeContinue()
}

/** @param found bytes of the body, where its length was said */
export function tooLarge(maxBytes: number, found?: number): FaultError {
  const what = found === undefined ? 'a file is larger' : `the body has ${sizeInWords(found, 'up')}, more`
  return new FaultError('upload-too-large', `${what} than the ${sizeInWords(maxBytes, 'down')} allowed`)
}

/** The request as a source that, when nobody reads on, is left alive for the answer to go out. */
export async function* keepOpen(req: Request): AsyncGenerator<Buffer> {
  yield* req.iterator({ destroyOnReturn: false })
}
