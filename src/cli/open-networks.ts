/** The networks of a command that segments: the model's, its weights proved, and the tissue finder's. */
import { FaultError } from '../errors.ts'
import { type Model, verifyWeights } from '../model/registry.ts'
import { openEngine } from '../network/ort.ts'
import { openFinder } from '../quality/open-finder.ts'
import type { EngineSettings } from './command.ts'

/** @throws FaultError model-invalid; not-ready where a device that was named cannot run it */
export async function openNetworks(model: Model, { device, threads }: Pick<EngineSettings, 'device' | 'threads'>) {
  await verifyWeights(model)
  const open = await openEngine(model.weightsPath, model.card, { device, threads }).catch((cause: unknown) => {
    if (cause instanceof FaultError || !(cause instanceof Error)) throw cause
    throw new FaultError('not-ready', cause.message.trim(), { cause })
  })
  const finder = await openFinder(threads)
  return {
    ...open,
    finder: finder.engine,
    close: async (): Promise<void> => {
      await open.close()
      await finder.close()
    },
  }
}
