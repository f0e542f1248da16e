/** `onelabel models`: what is installed, and whether it still does what its card says. */
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { loadModel } from '../compute/load-models.ts'
import { FaultError } from '../errors.ts'
import { modelFolders, readModel } from '../model/registry.ts'
import { type Command, ENGINE_HELP, ENGINE_OPTIONS, type EngineSettings, engineSettings } from './command.ts'

const HELP = `usage: onelabel models [options]

Lists the models, one a line: id, version, device, how much of the golden label map is reproduced, channels, title.
Each is loaded and held to its weights' hash and its golden case; the exit code is 1 when one fails.

${ENGINE_HELP}`

export const models: Command = async (args) => {
  const { values } = parseArgs({ args: [...args], options: ENGINE_OPTIONS })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const settings = engineSettings(values)
  let failures = 0
  for (const folder of modelFolders(settings.modelsDir)) {
    try {
      process.stdout.write(`${await describe(folder, settings)}\n`)
    } catch (error) {
      failures++
      if (!(error instanceof Error)) throw error
      const kind = error instanceof FaultError ? ` (${error.fault.kind})` : ''
      process.stderr.write(`${basename(folder)}: ${error.message}${kind}\n`)
    }
  }
  return failures > 0 ? 1 : 0
}

async function describe(folder: string, settings: EngineSettings): Promise<string> {
  const { card, open, ready } = await loadModel(await readModel(folder), settings)
  await open.close()
  const golden = `golden ${ready.goldenAgreement.toFixed(4)} (at least ${card.golden.minAgreement})`
  const channels = card.channels.map(({ name }) => name).join(card.required === 'all' ? '+' : '|')
  return [ready.id, ready.version, ready.device, golden, channels, card.title].join('  ')
}
