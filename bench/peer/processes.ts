/** Processes of this machine as Linux tells them, and a program that is run with all that it starts. Needs /proc. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Why nothing can be told here; false where it can. */
export const procMissing: string | false = existsSync('/proc/self/task') ? false : 'no /proc to read memory from'

const GRACE_MS = 30_000
const MOST_KEPT = 20_000

/** The process and all below it, whichever of its threads started them; none where it is gone. */
export function treeOf(pid: number): number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
    return [pid, ...children.flatMap(treeOf)]
  } catch {
    return [] // gone between two looks
  }
}

/** What it was started with, the program first; nothing of a process that is gone. */
export function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  } catch {
    return []
  }
}

/** Leaders of groups that run: they hear no Ctrl-C of ours, and end with us all the same. */
const leaders = new Set<number>()
process.on('exit', () => leaders.forEach((pid) => void signalGroup(pid, 'SIGKILL')))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal)
  } catch {
    // all of them are gone
  }
}

export interface Started {
  readonly pid: number
  /** The last that it wrote, for a message. */
  said(): string
  /** Rejects when it ends before that. Asks again and again. */
  until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T>
  /** Asks it and all that it started to end, and makes them. */
  end(): Promise<void>
}

/** Runs a program as the leader of a process group of its own. */
export function start(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Started {
  const child: ChildProcess = spawn(command, [...args], {
    ...options,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const keep = (chunk: Buffer) => {
    said = (said + chunk).slice(-MOST_KEPT)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  let ended = false
  const exited = Promise.race([once(child, 'exit'), once(child, 'error')]).then(() => {
    ended = true
  })
  const { pid } = child
  if (pid !== undefined) leaders.add(pid)
  return {
    pid: pid ?? 0,
    said: () => said,
    async until(ask) {
      for (;;) {
        const found = await ask()
        if (found !== undefined) return found
        if (ended) throw new Error(`${command} ${args.join(' ')} ended: ${said}`)
        await pause(100)
      }
    },
    async end() {
      if (pid === undefined) return
      const all = treeOf(pid)
      signalGroup(pid, 'SIGTERM')
      await Promise.race([exited, pause(GRACE_MS, undefined, { ref: false })])
      signalGroup(pid, 'SIGKILL')
      await exited
      // one that is dead has no arguments any more, whether or not somebody took note of its end
      while (all.some((one) => argumentsOf(one).length > 0)) await pause(20)
      leaders.delete(pid)
    },
  }
}
