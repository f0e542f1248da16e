/** How every command of this folder ends: what was wrong on stderr; exit code 2 for wrong usage, 1 for all else. */

/** Runs `main` with the arguments of this process; its number becomes the exit code. */
export async function runCommand(name: string, main: (args: string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof Error)) throw error
    console.error(`onelabel ${name}: ${error.message}`)
    // What node:util's parseArgs throws.
    process.exitCode = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_') ? 2 : 1
  }
}
