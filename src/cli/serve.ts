/** `onelabel serve`: the HTTP service, as `npm start` runs it. */
import { parseArgs } from 'node:util'
import { SETTINGS } from '../config.ts'
import type { Command } from './command.ts'

const HELP = `usage: onelabel serve

Starts the HTTP service. It is set by the environment:

${Object.values(SETTINGS)
  .map(({ env, docs }) => `  ${env.padEnd(28)}${docs}`)
  .join('\n')}
`

export const serve: Command = async (args) => {
  const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h' } } })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const { main } = await import('../main.ts')
  await main(process.env)
  return null
}
