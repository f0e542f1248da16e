/**
 * The tfjs model that a released model was made of: `tfjs/model.json` says its layers, `tfjs/weights.json` where its weights lie in the
 * ONNX network (compile/weights-in-onnx.ts), which holds them bit for bit. A model of before, one in whole numbers and one by somebody
 * else may have `tfjs/weights.bin` itself.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { z } from 'zod'
import { cardSchema } from '../../src/model/card.ts'
import { artifactsOf } from '../compile/convert/artifacts-of.ts'
import { readLayersModel } from '../compile/convert/layers-program.ts'
import { modelFiles } from '../compile/model-files.ts'
import { type OnnxTensor, readInitializers } from '../compile/trace/onnx.ts'
import { type NetworkOf, placesOf, weightsIn } from '../compile/weights-in-onnx.ts'

const moved = z.strictObject({
  tensor: z.string(),
  start: z.int(),
  steps: z.array(z.tuple([z.int().positive(), z.int()])),
})
const schema = z.strictObject({
  /** Of weights.bin, as `onelabel to-tfjs` writes it. */
  sha256: z.string(),
  weights: z.record(z.string(), z.union([moved, z.strictObject({ values: z.base64() })])),
})
const manifest = z.object({
  weightsManifest: z.tuple([z.object({ weights: z.array(z.object({ name: z.string() })) })]),
})

/**
 * @param initializers those of the network that is released as `folder`'s weights
 * @param networkOf how that was made of the model
 */
export async function writeTrained(
  model: LayersModel,
  initializers: readonly OnnxTensor[],
  folder: string,
  networkOf?: NetworkOf,
): Promise<void> {
  const { json, weights } = await modelFiles(model)
  const places = await placesOf(model, initializers, networkOf)
  const lines = Object.entries(places).map(([name, place]) => `  ${JSON.stringify(name)}: ${JSON.stringify(place)}`)
  const text = `{\n "sha256": "${sha256Of(weights)}",\n "weights": {\n${lines.join(',\n')}\n }\n}\n`
  await mkdir(join(folder, 'tfjs'), { recursive: true })
  await writeFile(join(folder, 'tfjs/model.json'), JSON.stringify(json))
  await writeFile(join(folder, 'tfjs/weights.json'), text)
}

/** @returns model.json and weights.bin @throws where the folder has none, or its network is not the one that they were found in */
export async function trainedFiles(folder: string): Promise<{ readonly json: Buffer; readonly weights: Uint8Array }> {
  const file = (name: string) => join(folder, 'tfjs', name)
  if (!existsSync(file('model.json'))) throw new Error(`${folder} does not hold the tfjs model that it was made of`)
  const json = await readFile(file('model.json'))
  if (existsSync(file('weights.bin'))) return { json, weights: await readFile(file('weights.bin')) }
  const { sha256, weights: places } = schema.parse(JSON.parse(await readFile(file('weights.json'), 'utf8')))
  const card = cardSchema.parse(JSON.parse(await readFile(join(folder, 'card.json'), 'utf8')))
  const found = weightsIn(places, readInitializers(await readFile(join(folder, card.weights.file))))
  const [{ weights: stated }] = manifest.parse(JSON.parse(json.toString())).weightsManifest
  const weights = Buffer.concat(
    stated.map(({ name }) => {
      const values = found.get(name)
      if (values === undefined) throw new Error(`${file('weights.json')} does not say where the weight '${name}' is`)
      return new Uint8Array(values.buffer)
    }),
  )
  if (sha256Of(weights) !== sha256)
    throw new Error(`the weights in ${card.weights.file} are not those that ${file('weights.json')} speaks of`)
  return { json, weights }
}

export async function readTrained(folder: string): Promise<LayersModel> {
  const { json, weights } = await trainedFiles(folder)
  return readLayersModel((await artifactsOf(json, async () => weights)).model)
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
