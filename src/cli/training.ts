/** The commands whose programs lie in training/, which nothing in src may import: processes of their own, with this terminal. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from './command.ts'

export type TrainingCommand =
  | 'train'
  | 'evaluate'
  | 'release'
  | 'calibrate'
  | 'average'
  | 'pseudo-label'
  | 'brain-masks'
  | 'distil'
  | 'convert'
  | 'to-tfjs'

/** The command that runs training/cli/<name>.ts with the same arguments and ends with its exit code. */
export function training(name: TrainingCommand): Command {
  return async (args) => {
    const program = resolve(import.meta.dirname, `../../training/cli/${name}.ts`)
    if (!existsSync(program)) {
      process.stderr.write(`onelabel ${name}: not part of this installation; it needs a checkout of the source\n`)
      return 1
    }
    const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' })
    // Ctrl-C reaches the child through the terminal; this process must live to pass on how it ended.
    const wait = () => {}
    const forward = () => void child.kill('SIGTERM')
    process.on('SIGINT', wait).on('SIGTERM', forward)
    const { promise, resolve: end, reject } = Promise.withResolvers<number>()
    child.on('error', reject)
    child.on('exit', (code) => end(code ?? 1))
    const exitCode = await promise
    process.off('SIGINT', wait).off('SIGTERM', forward)
    return exitCode
  }
}
