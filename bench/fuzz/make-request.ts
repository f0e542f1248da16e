/** Requests that are almost what openapi.yaml describes: paths and parameters of it, with values that it allows or does not. */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { description } from '../../test/fixtures/contract.ts'
import { flipBytes } from './damage.ts'
import type { Draw } from './draw.ts'
import { mutatedNifti } from './mutate-nifti.ts'
import { mutatedOther } from './mutate-others.ts'

export interface FuzzRequest {
  readonly method: string
  /** In the description. */
  readonly template: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const PATHS = Object.keys(description.paths)
const METHODS = ['GET', 'POST', 'DELETE', 'HEAD', 'PUT', 'PATCH', 'OPTIONS']
const IDS = [
  'tiny',
  'none',
  '00000000-0000-4000-8000-000000000000',
  '%ff',
  '%00',
  '..%2f',
  "'",
  'constructor',
  'é',
  ' ',
  'x'.repeat(300),
]
const QUERY = [
  'channel',
  'model',
  'grid',
  'include',
  'flip',
  'affine',
  'strict',
  'name',
  'callback',
  'state',
  'limit',
  'cursor',
  'last-event-id',
]
/** Values that are tried for parameters and for fields. */
const VALUES = [
  't1',
  'flair',
  'tiny',
  'confidence',
  'average',
  'qform',
  'queued',
  'failed',
  '1',
  '100',
  '0',
  '-1',
  '1e9',
  'null',
  '',
  'https://example.org/hook',
  '__proto__',
  '\u0000',
  '脳',
  'x'.repeat(5000),
]
const TYPES = [
  'application/octet-stream',
  'application/gzip',
  'application/x-nifti',
  'text/plain',
  'application/json',
  'multipart/form-data',
  'multipart/form-data; boundary=""',
  'nonsense',
  '',
]
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  Accept: [
    '*/*',
    'application/json',
    'application/gzip',
    'application/octet-stream',
    'image/png',
    ';q=x',
    '',
    'text/event-stream',
  ],
  Prefer: ['respond-async', 'wait=0', 'wait=1', 'respond-async, wait=0', 'wait=-1', '=,;"'],
  'Idempotency-Key': ['a', '"b"', '""', 'x'.repeat(300), 'c'],
  'Cache-Control': ['no-cache', 'max-age=0', ','],
  'Last-Event-ID': ['0', '9999', '-1', 'x'],
  traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00', ''],
  'X-Request-Id': ['abc', '<script>', 'x'.repeat(300)],
  Origin: ['https://stranger.example.org', 'null'],
  Range: ['bytes=0-1'],
  'If-None-Match': ['*'],
  'X-HTTP-Method-Override': ['DELETE'],
}

/** What a Content-Encoding says, and what it does to a body where it is known. */
const ENCODINGS: readonly (readonly [header: string, encode: (body: Buffer) => Buffer])[] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
  ['gzip, br', (body) => brotliCompressSync(gzipSync(body))],
  ['gzip,gzip , gzip,gzip', gzipSync],
  ['identity', (body) => body],
  ['compress', (body) => body],
  ['__proto__', (body) => body],
  ['', (body) => body],
]

const FILE_NAMES = ['a.nii', '', '..', 'é', 'a"b']
  .map((name) => `filename="${name}"`)
  .concat("filename*=UTF-8''a", 'filename=a b', 'filename*=x')

/** @param ids of jobs and effects that there are or were */
export function makeRequest(draw: Draw, ids: readonly string[]): FuzzRequest {
  const template = draw.chance(0.55) ? '/v1/segmentations' : draw.of(PATHS)
  const id = () => (ids.length > 0 && draw.chance(0.6) ? draw.of(ids) : encoded(draw.of(IDS)))
  const path = template.replace(/\{[^}]+\}/g, id) + (draw.chance(0.02) ? '/more' : '')
  const known = Object.keys(description.paths[template]!).filter((name) => name !== 'parameters')
  const isPost = template === '/v1/segmentations' && draw.chance(0.8)
  const method = isPost ? 'POST' : draw.chance(0.7) ? draw.of(known).toUpperCase() : draw.of(METHODS)
  const headers: Record<string, string> = {}
  for (const [name, values] of Object.entries(HEADERS)) if (draw.chance(0.12)) headers[name] = draw.of(values)
  const { type, body: plain } =
    method === 'POST' || draw.chance(0.05) ? makeBody(draw) : { type: '', body: Buffer.alloc(0) }
  const { coding, body } = draw.chance(0.2) ? encode(draw, plain) : { coding: undefined, body: plain }
  if (coding !== undefined) headers['Content-Encoding'] = coding
  if (type !== '') headers['Content-Type'] = type
  if (draw.chance(0.8)) headers['Content-Length'] = String(body.length)
  else headers['Transfer-Encoding'] = 'chunked'
  return { method, template, path: path + makeQuery(draw, type), headers, body }
}

/** What a path cannot hold is written as a client would. */
const encoded = (text: string) => (/^[\x21-\x7e]+$/.test(text) ? text : encodeURIComponent(text))

function makeQuery(draw: Draw, type: string): string {
  const isRaw = type !== '' && !type.startsWith('multipart')
  const given = isRaw && draw.chance(0.9) ? ['channel=t1'] : []
  while (draw.chance(0.25))
    given.push(`${draw.of(QUERY)}${draw.of(['=', '=', '[]=', ''])}${encodeURIComponent(draw.of(VALUES))}`)
  return given.length > 0 ? `?${given.join('&')}` : ''
}

/** Mostly as it says; else another way, or damaged. */
function encode(draw: Draw, plain: Buffer): { readonly coding: string; readonly body: Buffer } {
  const [coding, encoded] = draw.of(ENCODINGS)
  const body = draw.chance(0.85) ? encoded(plain) : draw.of(ENCODINGS)[1](plain)
  if (draw.chance(0.1)) flipBytes(body, draw, body.length)
  return { coding, body: draw.chance(0.05) ? body.subarray(0, draw.whole(body.length)) : body }
}

function makeBody(draw: Draw): { readonly type: string; readonly body: Buffer } {
  if (draw.chance(0.5)) return { type: draw.of(TYPES), body: draw.chance(0.9) ? mutatedScan(draw) : Buffer.alloc(0) }
  const parts = ['t1', ...(draw.chance(0.3) ? ['flair'] : []), ...(draw.chance(0.3) ? [draw.of(QUERY)] : [])]
  let body = Buffer.concat([
    ...parts.map((name) => makePart(draw, name)),
    Buffer.from(draw.chance(0.95) ? '--b--\r\n' : ''),
  ])
  if (draw.chance(0.2)) for (let n = 0; n < 4; n++) body[draw.whole(Math.min(200, body.length))] = draw.whole(256)
  if (draw.chance(0.05)) body = body.subarray(0, draw.whole(body.length))
  return { type: 'multipart/form-data; boundary=b', body }
}

function makePart(draw: Draw, name: string): Buffer {
  const isFile = name === 't1' || name === 'flair'
  const fileName = draw.chance(isFile ? 0.6 : 0.1) ? `; ${draw.of(FILE_NAMES)}` : ''
  const type = draw.chance(0.3) ? `\r\nContent-Type: ${draw.of(TYPES)}` : ''
  const head = `--b\r\nContent-Disposition: form-data; name="${name}"${fileName}${type}\r\n\r\n`
  const value = isFile ? mutatedScan(draw) : Buffer.from(draw.of(VALUES))
  return Buffer.concat([Buffer.from(head), value, Buffer.from('\r\n')])
}

const mutatedScan = (draw: Draw) => (draw.chance(0.7) ? mutatedNifti(draw) : mutatedOther(draw))
