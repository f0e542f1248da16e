/** The version of this service: results of another one are not taken for its own. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const PACKAGE = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8')) as {
  readonly version: string
}

export const SERVICE_VERSION = PACKAGE.version
