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

/** What saveModel() writes. */
export interface ModelFiles {
  /** model.json, whose manifest names one shard, weights.bin. */
  readonly json: {
    readonly format: 'layers-model'
    readonly generatedBy: 'onelabel'
    readonly modelTopology: unknown
    readonly weightsManifest: readonly [
      { readonly paths: readonly [string]; readonly weights: readonly tf.io.WeightsManifestEntry[] },
    ]
  }
  /** weights.bin: one after the other, as the manifest has them. */
  readonly weights: Uint8Array
}

export async function modelFiles(model: LayersModel): Promise<ModelFiles> {
  const { promise, resolve } = Promise.withResolvers<ModelFiles>()
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      resolve({
        json: {
          format: 'layers-model',
          generatedBy: 'onelabel',
          modelTopology: artifacts.modelTopology,
          weightsManifest: [{ paths: ['weights.bin'], weights: artifacts.weightSpecs ?? [] }],
        },
        weights: new Uint8Array(tf.io.CompositeArrayBuffer.join(artifacts.weightData)),
      })
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    }),
  )
  return promise
}

/** Writes model.json and weights.bin into `folder`. */
export async function saveModel(model: LayersModel, folder: string): Promise<void> {
  const { json, weights } = await modelFiles(model)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'weights.bin'), weights)
  await writeFile(join(folder, 'model.json'), JSON.stringify(json))
}
