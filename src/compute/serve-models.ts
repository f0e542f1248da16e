/**
 * All models of a folder, proved one after the other at the start and kept loaded within the memory budget. In the child.
 *
 * What a model costs is measured, since the card cannot say it (a network's activations are many times its weights): by
 * how much the resident memory of the process grew while it was loaded and ran once on a patch; at least its
 * weights and that patch. A GPU's own memory is not seen so: there the budget bounds what the host holds.
 */
import { FaultError } from '../errors.ts'
import type { Card } from '../model/card.ts'
import { chooseModel, type LeftOut, type Model, readModels, type Sort, sortOut } from '../model/registry.ts'
import type { OpenEngine } from '../network/ort.ts'
import { leastMemoryBytes, openModel, proveModel } from './load-models.ts'
import { copyModels } from './models-copy.ts'
import type { ChildSettings, ReadyModel } from './protocol.ts'
import { createResidency, type ResidencyEvent } from './residency.ts'

export interface ServedModels {
  /** In the order of their ids. */
  readonly ready: readonly ReadyModel[]
  readonly cards: readonly Card[]
  readonly leftOut: readonly LeftOut[]
  /** Runs with the model of that id, or the first. Faults: 'unknown-model'; 'compute-crashed' where it cannot be loaded again. */
  use<R>(id: string | undefined, run: (model: Model, open: OpenEngine) => Promise<R>): Promise<R>
}

/**
 * The first model that fails, fails them all: FaultError 'model-invalid', or an Error; both name it. But for one that is
 * 'model-invalid' and need not be among them (`requiredModels`): the others serve without it, if there are any.
 * @param rssBytes resident memory of this process now
 */
export async function serveModels(
  settings: ChildSettings,
  tell: (event: ResidencyEvent) => void,
  rssBytes: () => number = process.memoryUsage.rss,
): Promise<ServedModels> {
  const { modelsDir, keepModelsIn, requiredModels, modelMemoryBytes = 0 } = settings
  const sorter = sortOut()
  const mustServe = (id: string) => requiredModels === undefined || requiredModels.includes(id)
  const sort: Sort = (id, ask) => (mustServe(id) ? ask() : sorter.sort(id, ask))
  if (keepModelsIn !== undefined) await copyModels(modelsDir, keepModelsIn, sort)
  const models = await readModels(keepModelsIn ?? modelsDir, sort).catch((error: unknown) => {
    sorter.requireOne(0) // says more than that the copy is empty
    throw error
  })
  const residency = createResidency<OpenEngine>({
    budgetBytes: modelMemoryBytes,
    leastBytes: (id) => leastMemoryBytes(chooseModel(models, id).card),
    async load(id) {
      const model = chooseModel(models, id)
      const beforeBytes = rssBytes()
      const open = await openModel(model, settings)
      const memoryBytes = Math.max(leastMemoryBytes(model.card), rssBytes() - beforeBytes)
      return { loaded: open, memoryBytes, close: open.close }
    },
    tell,
  })

  const ready = new Map<string, ReadyModel>()
  // Backwards, so that the default model, which is the first, is the one used last and stays loaded.
  for (const model of models.toReversed()) {
    const { id } = model.card
    const prove = () => residency.use(id, (open) => proveModel(model, open, settings))
    const proved = await sort(id, prove).catch((cause: unknown) => {
      if (cause instanceof FaultError) throw cause
      throw new Error(`model ${id}: ${messageOf(cause)}`, { cause })
    })
    if (proved !== undefined) ready.set(id, proved)
    // Each holds hundreds of megabytes, and is loaded in a second: only the default one stays before it is asked for.
    if (model !== models[0]) await residency.unload(id)
  }
  sorter.requireOne(ready.size)
  const served = models.filter(({ card }) => ready.has(card.id))
  // where the first was left out it is another
  await residency.use(served[0]!.card.id, async () => {})

  return {
    ready: served.map(({ card }) => ready.get(card.id)!),
    cards: served.map(({ card }) => card),
    leftOut: sorter.leftOut(),
    async use(id, run) {
      const model = chooseModel(served, id)
      let isLoaded = false
      return residency
        .use(model.card.id, (open) => {
          isLoaded = true
          return run(model, open)
        })
        .catch((cause: unknown) => {
          if (isLoaded) throw cause
          // It was proved once, so it is not the caller's doing, and another try may do.
          const again = `model ${model.card.id} could not be loaded again: ${messageOf(cause)}`
          throw new FaultError('compute-crashed', again, { cause })
        })
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
