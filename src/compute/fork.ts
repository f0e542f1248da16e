/** The compute child as an operating-system process: forked, spoken to, killed, mourned. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { compiledEnvironment } from './compiled.ts'
import type { FromChild, ToChild } from './protocol.ts'

export interface Child {
  readonly pid: number | undefined
  send(message: ToChild): void
  /** SIGKILL: nothing the child does can delay it, and it holds nothing worth saving. */
  kill(): void
  /** How it ended, as a sentence. */
  readonly exited: Promise<string>
}

/** Starts a compute process; `onMessage` is never called before this returns. Tests pass a child of their own. */
export type ForkChild = (onMessage: (message: FromChild) => void) => Child

/**
 * The heap of short-lived objects grows to 48 MiB if it may: of those this process has few. And it may collect what a task left, which
 * are few objects, but volumes.
 */
const MEMORY_FLAGS = ['--max-semi-space-size=4', '--expose-gc']
/**
 * By itself glibc keeps blocks of up to 32 MiB once such a one was freed, and they stay in pieces: 42 MiB more at the peak and 105 at
 * rest, for 3 % less time. Elsewhere nobody reads this.
 */
const MALLOC = { MALLOC_MMAP_THRESHOLD_: '1048576' }

/** Starts child.ts, which waits for its settings; `onMessage` hears it until it has exited. */
export function forkChild(onMessage: (message: FromChild) => void): Child {
  // Its stderr is ours: V8 and onnxruntime write there when they die. Its stdout is nobody's.
  const child = fork(join(import.meta.dirname, 'child.ts'), [], {
    execArgv: MEMORY_FLAGS,
    env: { ...MALLOC, ...compiledEnvironment(), ...withoutSecrets(process.env) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const { promise, resolve } = Promise.withResolvers<string>()
  child.on('message', onMessage)
  child.on('exit', (code, signal) => resolve(describeExit(code, signal)))
  child.on('error', (error) => {
    if (child.pid === undefined) resolve(`the compute process could not be started: ${error.message}`)
  })
  return {
    pid: child.pid,
    // A child that is gone is told of by 'exit'; that it does not hear us is no news.
    send: (message) => void child.send(message, () => {}),
    kill: () => void child.kill('SIGKILL'),
    exited: promise,
  }
}

/**
 * The child reads untrusted files and is told its settings in a message: passwords of data base, storage and collector
 * stay with its parent.
 */
export function withoutSecrets(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(ONELABEL|AWS|OTEL|PG)/.test(name)))
}

function describeExit(code: number | null, signal: string | null): string {
  if (signal === 'SIGKILL') return 'the compute process was killed by SIGKILL, perhaps for lack of memory'
  if (signal !== null) return `the compute process was killed by ${signal}`
  return `the compute process ended with exit code ${code}`
}
