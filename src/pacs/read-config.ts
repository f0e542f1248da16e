/** Reads the file that ONELABEL_PACS_CONFIG names. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { type PacsConfig, pacsConfig } from './config.ts'

/** Every fault says where it is, and none repeats a value: a password may stand where a file was meant. */
export type PacsConfigResult =
  | { readonly ok: true; readonly config: PacsConfig }
  | { readonly ok: false; readonly faults: readonly string[] }

const SETTING = 'ONELABEL_PACS_CONFIG'

/** @param path of the file; paths in it are relative to its folder */
export async function readPacsConfig(path: string): Promise<PacsConfigResult> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error)
  if (typeof text !== 'string') return { ok: false, faults: [`${SETTING}: cannot be read (${text.code})`] }
  return parsePacsConfig(text, dirname(path))
}

/** @param folder that paths in it are relative to */
export function parsePacsConfig(text: string, folder: string): PacsConfigResult {
  const json = parseJson(text)
  if (json === undefined) return { ok: false, faults: [`${SETTING}: is not JSON`] }
  const parsed = pacsConfig.safeParse(json.value)
  if (parsed.success) return { ok: true, config: withPaths(parsed.data, folder) }
  return { ok: false, faults: parsed.error.issues.flatMap(faultsOf) }
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined // what it says may quote the text
  }
}

function faultsOf(issue: z.core.$ZodIssue): readonly string[] {
  const where = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  const at = `${SETTING}: ${where.replace(/^\./, '') || 'the file'}`
  if (issue.code !== 'unrecognized_keys') return [`${at}: ${issue.message}`]
  return issue.keys.map((key) => `${at}: has no ${key}`)
}

const FILES = ['passwordFile', 'tokenFile', 'caFile', 'certFile', 'keyFile'] as const

/** With the paths of its files made absolute. */
function withPaths(config: PacsConfig, folder: string): PacsConfig {
  const made = <T extends object>(given: T): T => {
    const paths = FILES.flatMap((key) => {
      const path: unknown = (given as Record<string, unknown>)[key]
      return typeof path === 'string' ? [[key, resolve(folder, path)]] : []
    })
    return { ...given, ...Object.fromEntries(paths) }
  }
  const peer = <T extends { tls?: object | undefined }>(given: T): T =>
    made(given.tls === undefined ? given : { ...given, tls: made(given.tls) })
  return { ...config, sources: config.sources.map(peer), destinations: config.destinations.map(peer) }
}
