/** A network becomes a model that the service can take: weights, golden case and card, held to what they promise, then swapped in. */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { segment } from '../../src/inference/segment.ts'
import { goldenAgreement, requireGolden } from '../../src/model/golden.ts'
import { type Model, readModel, verifyWeights } from '../../src/model/registry.ts'
import { openEngine } from '../../src/network/ort.ts'
import { OPSET } from '../compile/trace/opset.ts'
import { TRAINING_LIMITS } from '../sources/datasets/limits.ts'
import { type CardDraft, completeCard } from './card-draft.ts'
import { writeGoldenCase } from './golden-case.ts'

/** What is released. */
export interface Network {
  readonly draft: CardDraft
  /** ONNX, as it will serve. */
  readonly bytes: Uint8Array
  /** The seed of the phantom of the golden case. */
  readonly seed: number
  /** Puts more files beside it, such as the tfjs model that it was made from. */
  readonly writeMore?: (folder: string) => Promise<void>
}

/** Makes the model whole in `folder`, whose name is its id, and holds it to its card as the service will. */
export async function writeModel(network: Network, folder: string, onNote: (note: string) => void): Promise<Model> {
  const { draft, bytes, seed } = network
  const file = draft.weights?.file ?? 'model.onnx'
  await mkdir(dirname(join(folder, file)), { recursive: true })
  await writeFile(join(folder, file), bytes)
  await network.writeMore?.(folder)
  const { golden, found } = await writeGoldenCase(folder, draft, join(folder, file), seed)
  if (found.length === 0) onNote('the golden case has no label but background, so it shows little of the network')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const opset = draft.weights?.opset ?? OPSET
  const card = completeCard(draft, { weights: { file, sha256, bytes: bytes.length, opset }, golden })
  await writeFile(join(folder, 'card.json'), `${JSON.stringify(card, null, 2)}\n`)
  const model = await readModel(folder)
  await verifyWeights(model)
  const { engine, close } = await openEngine(model.weightsPath, model.card, { device: 'cpu', threads: 0 })
  try {
    const segmentScans = async (scans: Parameters<typeof segment>[0]) =>
      (await segment(scans, model.card, engine)).labels
    requireGolden(model, await goldenAgreement(model, TRAINING_LIMITS, segmentScans))
  } finally {
    await close()
  }
  return model
}
