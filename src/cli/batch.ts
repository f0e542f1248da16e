/** `onelabel segment --batch`: a label map for every subject of a folder or a list, in this process. */
import { mkdir } from 'node:fs/promises'
import { describeFolder } from '../cohort/describe.ts'
import { writeLookThrough } from '../cohort/look-through.ts'
import { segmentCohort } from '../cohort/segment-cohort.ts'
import { chooseModel, readModels } from '../model/registry.ts'
import { SERVICE_VERSION, SOFTWARE_VERSION } from '../service/version.ts'
import { BATCH_HELP, parseBatchArgs, readBatch } from './batch-options.ts'
import { batchProgress } from './batch-progress.ts'
import { type Command, engineSettings, usageError } from './command.ts'
import { openNetworks } from './open-networks.ts'

/** The run came to its end, and some subjects have no label map. */
const SOME_FAILED = 3

export const batchCommand: Command = async (args) => {
  const asked = parseBatchArgs(args)
  if (asked === null) {
    process.stdout.write(BATCH_HELP)
    return 0
  }
  const { values, batch, out, runs, options } = asked
  const settings = engineSettings(values)
  const model = chooseModel(await readModels(settings.modelsDir), values.model)
  const channels = model.card.channels.map(({ name }) => name)
  if (values.grid !== undefined && !channels.includes(values.grid))
    throw usageError(`--grid is one of ${channels.join(', ')}; found '${values.grid}'`)
  const { subjects, rawUri } = await readBatch(batch, out, channels, runs)
  await mkdir(out, { recursive: true })
  await describeFolder({ out, model, softwareVersion: SOFTWARE_VERSION, rawUri })

  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  const progress = batchProgress(subjects)
  const networks = lazily(() => openNetworks(model, settings))
  try {
    const rows = await segmentCohort(
      { subjects, out, model, limits: settings.limits, options, codeVersion: SERVICE_VERSION },
      networks.open,
      { signal: interrupted.signal, ...progress },
    )
    await writeLookThrough(out, subjects, rows)
    return rows.every(({ status }) => status === 'done') ? 0 : SOME_FAILED
  } finally {
    progress.stop()
    await networks.close()
  }
}

/** Where every subject is done nothing is loaded. */
function lazily<T extends { close(): Promise<void> }>(make: () => Promise<T>) {
  let made: T | undefined
  return {
    open: async (): Promise<T> => {
      made ??= await make()
      return made
    },
    close: async (): Promise<void> => made?.close(),
  }
}
