/** Certificate and key of the service, checked before it listens. */
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { Config } from '../config.ts'
import type { Read } from './reloaded-file.ts'

export interface TlsFiles {
  readonly cert: Buffer
  readonly key: Buffer
}

/** null: plain http. Not ok, with a reason that names the setting, where a file cannot be read or the two do not match. */
export async function readTls({ tlsCert, tlsKey }: Pick<Config, 'tlsCert' | 'tlsKey'>): Promise<Read<TlsFiles | null>> {
  if (tlsCert === null || tlsKey === null) return { ok: true, value: null }
  let setting = 'ONELABEL_TLS_CERT'
  try {
    const cert = await readFile(tlsCert)
    setting = 'ONELABEL_TLS_KEY'
    const key = await readFile(tlsKey)
    setting = 'ONELABEL_TLS_CERT and ONELABEL_TLS_KEY'
    createSecureContext({ cert, key })
    return { ok: true, value: { cert, key } }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    return { ok: false, reason: `${setting}: cannot be used (${code})` }
  }
}
