/** Certificate and key of the service: checked before it listens, and taken up anew when they change. */
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { Config } from '../config.ts'
import type { Log } from '../telemetry/log.ts'
import { openReloaded, type Read } from './reloaded-file.ts'

export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export interface Tls {
  current(): TlsFiles
  /** One listener: of the files as they are from now on, always a pair that fits. */
  onChange(listener: (files: TlsFiles) => void): void
  /** Looks now instead of at the next poll. */
  refresh(): Promise<void>
  close(): void
}

type Settings = Pick<Config, 'tlsCert' | 'tlsKey'>

const BOTH = 'ONELABEL_TLS_CERT and ONELABEL_TLS_KEY'

/**
 * null: plain http. Not ok, with a reason that names the setting, where a file cannot be read or the two do not match. While
 * it runs, as between the writing of the one and of the other, the last pair stays and the log says why.
 */
export async function openTls({ tlsCert, tlsKey }: Settings, log: Log): Promise<Read<Tls | null>> {
  if (tlsCert === null || tlsKey === null) return { ok: true, value: null }
  const unreadable = (await reasonOf('ONELABEL_TLS_CERT', tlsCert)) ?? (await reasonOf('ONELABEL_TLS_KEY', tlsKey))
  if (unreadable !== null) return { ok: false, reason: unreadable }
  let tell: (files: TlsFiles) => void = () => {}
  const opened = await openReloaded<TlsFiles>({
    paths: [tlsCert, tlsKey],
    setting: BOTH,
    parse: ([cert = '', key = '']) => asPair({ cert, key }),
    onChange: (files) => tell(files),
    log,
  })
  if (!opened.ok) return { ok: false, reason: `${BOTH}: ${opened.reason}` }
  const { current, refresh, close } = opened.value
  return {
    ok: true,
    value: {
      current,
      refresh,
      close,
      onChange(listener) {
        tell = listener
      },
    },
  }
}

async function reasonOf(setting: string, path: string): Promise<string | null> {
  return readFile(path).then(
    () => null,
    (error: unknown) => `${setting}: cannot be used (${codeOf(error)})`,
  )
}

function asPair(files: TlsFiles): Read<TlsFiles> {
  try {
    createSecureContext(files)
    return { ok: true, value: files }
  } catch (error) {
    return { ok: false, reason: `cannot be used (${codeOf(error)})` }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
