/** tfjs layers models as files: model.json and its weight shards, read and written without tfjs-node. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers'
// The layer classes of our own that a model.json may name register themselves.
import './layers/block3d.ts'
import './layers/instance-norm.ts'

interface ModelJson {
  readonly modelTopology: tf.io.ModelJSON['modelTopology']
  readonly weightsManifest: readonly {
    readonly paths: readonly string[]
    readonly weights: tf.io.WeightsManifestEntry[]
  }[]
  readonly format?: string
}

/** Reads model.json and the shards beside it; quantised weights are unpacked by tfjs. */
export async function loadModel(path: string): Promise<LayersModel> {
  const json = JSON.parse(await readFile(path, 'utf8')) as ModelJson
  if (json.modelTopology === undefined || json.weightsManifest === undefined) {
    throw new Error('this is no tfjs layers model: model.json has no modelTopology or no weightsManifest')
  }
  if (json.format === 'graph-model') throw new Error('a tfjs graph model was given; only layers models are converted')
  const paths = json.weightsManifest.flatMap((group) => group.paths)
  const shards = await Promise.all(paths.map((shard) => readFile(join(dirname(path), shard))))
  const weightData = new Uint8Array(Buffer.concat(shards)).buffer
  const weightSpecs = json.weightsManifest.flatMap((group) => group.weights)
  return loadLayersModel(tf.io.fromMemory({ modelTopology: json.modelTopology, weightSpecs, weightData }))
}

/** Writes model.json and weights.bin into `folder`. */
export async function saveModel(model: LayersModel, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const weights = new Uint8Array(tf.io.CompositeArrayBuffer.join(artifacts.weightData))
      const json: ModelJson & Record<string, unknown> = {
        format: 'layers-model',
        generatedBy: 'onelabel',
        modelTopology: artifacts.modelTopology as tf.io.ModelJSON['modelTopology'],
        weightsManifest: [{ paths: ['weights.bin'], weights: artifacts.weightSpecs ?? [] }],
      }
      await writeFile(join(folder, 'weights.bin'), weights)
      await writeFile(join(folder, 'model.json'), JSON.stringify(json))
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    }),
  )
}
