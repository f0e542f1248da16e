/** tfjs layers models as files: model.json and its weight shards, read and written without tfjs-node. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { readArtifacts } from './convert/artifacts.ts'
import { readLayersModel } from './convert/layers-program.ts'

/**
 * Reads the layers model of model.json at `path` and the shards beside it; quantised weights are unpacked by tfjs.
 * @throws what is wrong with the files, or that they hold a graph model
 */
export async function loadModel(path: string): Promise<LayersModel> {
  const artifacts = await readArtifacts(path)
  if (artifacts.kind === 'graph') throw new Error('a tfjs graph model was given; a layers model is wanted')
  return readLayersModel(artifacts.model)
}

/** Writes model.json and weights.bin into `folder`. */
export async function saveModel(model: LayersModel, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const weights = new Uint8Array(tf.io.CompositeArrayBuffer.join(artifacts.weightData))
      const json = {
        format: 'layers-model',
        generatedBy: 'onelabel',
        modelTopology: artifacts.modelTopology,
        weightsManifest: [{ paths: ['weights.bin'], weights: artifacts.weightSpecs ?? [] }],
      }
      await writeFile(join(folder, 'weights.bin'), weights)
      await writeFile(join(folder, 'model.json'), JSON.stringify(json))
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    }),
  )
}
