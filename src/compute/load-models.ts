/**
 * Loads a model and proves it: weights as the card says, a warm run, the golden case. In the child, and on the command
 * line.
 */
import { segment } from '../inference/segment.ts'
import type { Card } from '../model/card.ts'
import { goldenAgreement, requireGolden } from '../model/golden.ts'
import { type Model, verifyWeights } from '../model/registry.ts'
import { type OpenEngine, openEngine } from '../network/ort.ts'
import type { ChildSettings, ReadyModel } from './protocol.ts'

export interface LoadedModel extends Model {
  readonly open: OpenEngine
  readonly ready: ReadyModel
}

type EngineSettings = Pick<ChildSettings, 'device' | 'threads' | 'limits'>

/** @throws FaultError model-invalid, or an Error naming the device */
export async function loadModel(model: Model, settings: EngineSettings): Promise<LoadedModel> {
  const open = await openModel(model, settings)
  return { ...model, open, ready: await proveModel(model, open, settings) }
}

/** Weights as the card says, and a warm run. */
export async function openModel(
  model: Model,
  settings: Pick<EngineSettings, 'device' | 'threads'>,
): Promise<OpenEngine> {
  await verifyWeights(model)
  return openEngine(model.weightsPath, model.card, settings)
}

/** The golden case. */
export async function proveModel(
  model: Model,
  open: OpenEngine,
  { limits }: Pick<EngineSettings, 'limits'>,
): Promise<ReadyModel> {
  const { card } = model
  const share = await goldenAgreement(model, limits, async (scans) => {
    return (await segment(scans, card, open.engine)).labels
  })
  requireGolden(model, share)
  return {
    id: card.id,
    version: card.version,
    sha256: card.weights.sha256,
    device: open.device,
    ...(open.deviceReason !== undefined && { deviceReason: open.deviceReason }),
    goldenAgreement: share,
  }
}

const FLOAT32_BYTES = 4

/** What the card alone says that a loaded model must hold: its weights, and one patch going in and out. */
export function leastMemoryBytes({ weights, inference, channels, labels }: Card): number {
  const [w, h, d] = inference.patchVoxels
  return weights.bytes + FLOAT32_BYTES * w * h * d * (channels.length + labels.length)
}
