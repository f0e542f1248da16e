/** How every command of this folder begins and ends: help, what was wrong on stderr; exit code 2 for wrong usage, 1 for all else. */
import { type ParseArgsConfig, parseArgs } from 'node:util'

/** Runs `main` with the arguments of this process; its number becomes the exit code. */
export async function runCommand(name: string, main: (args: string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof Error)) throw error
    console.error(`onelabel ${name}: ${error.message}`)
    // What node:util's parseArgs throws, and usageError().
    const isUsage = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
    if (isUsage) console.error(`(onelabel ${name} --help says more)`)
    process.exitCode = isUsage ? 2 : 1
  }
}

type Options = NonNullable<ParseArgsConfig['options']>

/** The options and positionals; null where help was asked for, which is then printed. */
export function parseCommand<const O extends Options>(args: string[], options: O, help: string) {
  // Before they are read: who asks for help may lack what is needed.
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help)
    return null
  }
  return parseArgs({ args, allowPositionals: true, options })
}

export function usageError(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_PARSE_ARGS_ONELABEL' })
}

/** A whole number of an option, at least `least`. */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value
  throw usageError(`--${option} is a whole number of at least ${least}; found '${text}'`)
}
