/** `onelabel --version`: this package, then the models that it has. No network is loaded; `onelabel models` does that. */
import { basename } from 'node:path'
import { FaultError } from '../errors.ts'
import { modelFolders, readModel } from '../model/registry.ts'
import { SOFTWARE_VERSION } from '../service/version.ts'
import { type Command, engineSettings } from './command.ts'

export const version: Command = async () => {
  process.stdout.write(`onelabel ${SOFTWARE_VERSION}\n`)
  const { modelsDir } = engineSettings({ device: 'auto', threads: '0' })
  for (const folder of modelFolders(modelsDir)) process.stdout.write(`${await versionOf(folder)}\n`)
  return 0
}

async function versionOf(folder: string): Promise<string> {
  try {
    const { card } = await readModel(folder)
    return `${card.id} ${card.version}`
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    return `${basename(folder)}: its card cannot be read (${error.fault.kind})`
  }
}
