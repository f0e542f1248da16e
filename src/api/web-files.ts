/**
 * The files of the page, all that there are: read once at the start into a table by the path under which each is asked for.
 * What is asked for is looked up in it and nowhere else, so that no path leads out of it.
 *
 *   web/index.html      /                     web/view/main.ts     /view/main.ts, its types taken out
 *   web/style.css       /style.css            NiiVue's bundle      /vendor/niivue.js
 *   openapi.yaml        /docs (docs-page.ts)
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { makeWeb } from './made-web.ts'

export interface WebFile {
  readonly type: string
  readonly body: Buffer
  /** The hash of the body before it is compressed: 32 hex digits. */
  readonly hash: string
  /** The body compressed so, made when it is first asked for; null: it is not worth it. */
  readonly compressed: Readonly<Record<WebCoding, () => Promise<Buffer>>> | null
}

export type WebCoding = 'br' | 'gzip'

/** Path → file; the path of a page named index.html is that of its folder. */
export type WebFiles = ReadonlyMap<string, WebFile>

/** What a page may be made of; any other file of the folder is not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}
/** They say how the page is made, not what it is. */
const NOT_SERVED = /(\.test|\.d)\.ts$/
/** Compressed already. */
const DENSE = new Set(['.png', '.woff2'])
const LEAST_COMPRESSED_BYTES = 1024
/** This quality compresses the 3.1 MB of NiiVue in 0.15 s to 0.77 MiB; 9 takes twice as long and saves 0.02 more. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }

const WEB_FOLDER = resolve(import.meta.dirname, '../../web')
/** The bundle with everything in it; what the package exports by its name imports seven other packages. */
const NIIVUE = new URL('../../dist/index.js', import.meta.resolve('@niivue/niivue'))

/** The page, and what it takes from packages. @param openapi the description, of which /docs is made */
export async function readWebFiles(openapi: string): Promise<WebFiles> {
  const own = await readFolder(WEB_FOLDER, openapi)
  return new Map([...own, ['/vendor/niivue.js', webFile('.js', await readFile(NIIVUE))]])
}

/**
 * The files of one folder and those below it, and /docs where there is a description. Rejects where a .ts file cannot be served as
 * JavaScript.
 */
export async function readFolder(folder: string, openapi: string | null = null): Promise<WebFiles> {
  // By its entries: a list of names alone follows links, out of the folder and in circles.
  const paths = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && extname(entry.name) in TYPES && !NOT_SERVED.test(entry.name))
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .sort()
  const bodies = await Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path))] as const))
  const typed = bodies.filter(([path]) => extname(path) === '.ts')
  const sources = Object.fromEntries(typed.map(([path, body]) => [path, body.toString()]))
  const { scripts, docs } = await makeWeb({ scripts: sources, openapi })
  const files = bodies.map(([path, body]): [string, WebFile] => {
    const script = scripts[path]
    return [servedAs(path), webFile(extname(path), script === undefined ? body : Buffer.from(script))]
  })
  return new Map([...files, ...(docs === null ? [] : [['/docs', webFile('.html', Buffer.from(docs))] as const])])
}

/** A file that is made rather than read. @param extension '.html', … as in TYPES */
export function webFile(extension: string, body: Buffer): WebFile {
  const type = TYPES[extension]
  if (type === undefined) throw new Error(`no file of a page ends in ${extension}`)
  const isWorthIt = body.length >= LEAST_COMPRESSED_BYTES && !DENSE.has(extension)
  return {
    type,
    body,
    hash: createHash('sha256').update(body).digest('hex').slice(0, 32),
    compressed: isWorthIt
      ? {
          br: once(() => promisify(brotliCompress)(body, BROTLI)),
          gzip: once(() => promisify(gzip)(body, { level: constants.Z_BEST_COMPRESSION })),
        }
      : null,
  }
}

function servedAs(path: string): string {
  const url = `/${path.split(sep).join('/')}`
  return url.replace(/\/index\.html$/, '/')
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
