/** Loads every model of a folder and proves it: weights as the card says, a warm run, the golden case. In the child. */
import { type OpenEngine, openEngine } from '../inference/ort.ts'
import { segment } from '../inference/segment.ts'
import { goldenAgreement, requireGolden } from '../model/golden.ts'
import { type Model, readModels, verifyWeights } from '../model/registry.ts'
import { copyModels } from './models-copy.ts'
import type { ChildSettings, ReadyModel } from './protocol.ts'

export interface LoadedModel extends Model {
  readonly open: OpenEngine
  readonly ready: ReadyModel
}

/** In the order of their ids. The first that fails, fails them all: 'model-invalid', or an Error naming the device. */
export async function loadModels(settings: ChildSettings): Promise<readonly LoadedModel[]> {
  const { modelsDir, keepModelsIn } = settings
  if (keepModelsIn !== undefined) await copyModels(modelsDir, keepModelsIn)
  const loaded: LoadedModel[] = []
  for (const model of await readModels(keepModelsIn ?? modelsDir)) loaded.push(await loadModel(model, settings))
  return loaded
}

/** One model, as loadModels() does each. */
export async function loadModel(
  model: Model,
  settings: Pick<ChildSettings, 'device' | 'threads' | 'limits'>,
): Promise<LoadedModel> {
  const { card } = model
  await verifyWeights(model)
  const open = await openEngine(model.weightsPath, card, settings)
  const share = await goldenAgreement(model, settings.limits, async (scans) => {
    return (await segment(scans, card, open.engine)).labels
  })
  requireGolden(model, share)
  const ready: ReadyModel = {
    id: card.id,
    version: card.version,
    sha256: card.weights.sha256,
    device: open.device,
    ...(open.deviceReason !== undefined && { deviceReason: open.deviceReason }),
    goldenAgreement: share,
  }
  return { ...model, open, ready }
}
