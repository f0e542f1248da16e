/**
 * brainchop's MindGrab (MIT) as it was trained: a brain mask of a head of any contrast, at 2 mm. The file that was published leaves
 * out the norm after each convolution; here it is put back, without scale and shift (an instance norm of γ = 1, β = 0).
 */
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers'
import { InstanceNorm3D } from '../compile/layers/instance-norm.ts'
import { loadModel } from '../compile/model-files.ts'

/** What its masks are good at; at 3 and 4 mm they are not. */
export const MINDGRAB_MM = 2

/**
 * [1, ...space, 1] → logits of background and brain, [1, ...space, 2].
 * @param path model.json as published
 * @throws where the file has other layers than convolutions and activations
 */
export async function openMindgrab(path: string, space: readonly [number, number, number]): Promise<LayersModel> {
  const published = await loadModel(path)
  const image = input({ shape: [...space, 1], name: 'image' })
  let x: SymbolicTensor = image
  for (const [at, layer] of published.layers.entries()) {
    const kind = layer.getClassName()
    if (kind === 'InputLayer') continue
    if (kind !== 'Conv3D' && kind !== 'Activation')
      throw new Error(`layer ${layer.name} is a ${kind}; MindGrab has none`)
    const config = { ...layer.getConfig(), name: `layer_${at}` }
    const copy = kind === 'Conv3D' ? layers.conv3d(config as never) : layers.activation(config as never)
    x = copy.apply(x) as SymbolicTensor
    if (kind === 'Conv3D') copy.setWeights(layer.getWeights())
    if (kind !== 'Conv3D' || layer.name === 'output') continue
    x = new InstanceNorm3D({ name: `norm_${at}` }).apply(x) as SymbolicTensor
  }
  return model({ inputs: image, outputs: x, name: 'mindgrab' })
}
