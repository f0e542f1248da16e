/**
 * What of the page is made at the start: TypeScript as JavaScript, and the page of the description. In a process that ends, because
 * what it needs for that (WebAssembly, a YAML tree) would hold 80 MiB for as long as the service runs.
 */
import { fork } from 'node:child_process'
import { resolve } from 'node:path'

export interface WebSources {
  /** File name → TypeScript. */
  readonly scripts: Readonly<Record<string, string>>
  /** The text of openapi.yaml; null: no page is made of it. */
  readonly openapi: string | null
}

export interface MadeWeb {
  /** File name → JavaScript. */
  readonly scripts: Readonly<Record<string, string>>
  /** HTML. */
  readonly docs: string | null
}

/** What the process says. */
export type MadeAnswer = { readonly made: MadeWeb } | { readonly fault: string }

const CHILD = resolve(import.meta.dirname, 'made-web-child.ts')

/** Resolves when the process has ended; rejects where one of the scripts is no TypeScript of which the types can be erased. */
export function makeWeb(sources: WebSources): Promise<MadeWeb> {
  const { promise, resolve: done, reject } = Promise.withResolvers<MadeWeb>()
  const child = fork(CHILD, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  let answer: MadeAnswer | null = null
  child.once('message', (said: MadeAnswer) => {
    answer = said
  })
  child.once('error', reject)
  child.once('exit', (code) => {
    if (answer === null) reject(new Error(`the files of the page are not made: a process ended with ${code}`))
    else if ('made' in answer) done(answer.made)
    else reject(new Error(answer.fault))
  })
  child.send(sources)
  return promise
}
