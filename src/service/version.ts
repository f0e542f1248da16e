/** The version of what computes: a result of other code is not taken for one of this. */
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

/** The rooms of src that decide a result, its report and whether there is one. */
export const DECIDING_ROOMS = [
  'warnings',
  'volume',
  'nifti',
  'formats',
  'labels',
  'preprocess',
  'measure',
  'picture',
  'model',
  'network',
  'postprocess',
  'quality',
  'dicom',
  'inference',
] as const

/** SHA-256, in lower-case hex, over the names and bytes of the files in the deciding rooms of `srcDir`, tests left out. */
export function versionOfCode(srcDir: string, runtimeVersion: string): string {
  const files = DECIDING_ROOMS.flatMap((room) => globSync([`${room}.ts`, `${room}/**/*.{ts,onnx}`], { cwd: srcDir }))
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
  const hashes = files.map((file) => [file, sha256Of(readFileSync(join(srcDir, file)))])
  return sha256Of(JSON.stringify([runtimeVersion, hashes]))
}

function sha256Of(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

const OWN = createRequire(import.meta.url)('../../package.json') as { readonly version: string }
/** As people know it, for what names the software that made it. */
export const SOFTWARE_VERSION = OWN.version

const RUNTIME = createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string }

export const SERVICE_VERSION = versionOfCode(resolve(import.meta.dirname, '..'), RUNTIME.version)
