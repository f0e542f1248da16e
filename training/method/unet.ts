/**
 * The U-Net as a tfjs layers model. Per level two convolutions 3×3×3 → norm → leaky ReLU; down and up by
 * kernel 2, stride 2 (block3d.ts); skips are summed (Roulet et al. 2019, appendix A).
 * With `stem` 2 the input's blocks of 2×2×2 voxels become channels first and the logits are unfolded last: the trunk
 * works on a grid half as fine, eight times cheaper, and still labels every voxel; `refine` adds a last stage on the
 * fine grid.
 */
import { initializers, input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers'
import { z } from 'zod'
import { DepthToSpace3D, SpaceToDepth3D } from '../compile/layers/block3d.ts'
import { InstanceNorm3D } from '../compile/layers/instance-norm.ts'

export const unetSchema = z.strictObject({
  stem: z.union([z.literal(1), z.literal(2)]),
  /** Channels per level, finest first. */
  channels: z.array(z.int().positive()).min(1),
  /** 3×3×3 convolutions per block. */
  convolutions: z.int().positive(),
  /**
   * With stem 2: channels of a last stage at full resolution, one 3×3×3 convolution that sees the unfolded logits and the
   * image and adds its correction to them. Without it the eight voxels of a block are labelled without seeing each other,
   * which leaves a dotted texture. The rest of the net is named and shaped as without it, so a run may start from one.
   */
  refine: z.int().positive().optional(),
  /**
   * `patch` (left out, too): an instance norm after each 3×3×3 convolution, by mean and deviation of the patch. `fixed`: none, but a
   * bias; filters and biases hold mean and deviation (run/fix-norms.ts), and a voxel's logits do not go by the patch it is seen in.
   */
  norm: z.enum(['patch', 'fixed']).optional(),
})

export type UnetSpec = z.infer<typeof unetSchema>

/** Slope of the leaky ReLU (nnU-Net's). */
const SLOPE = 0.01

export interface UnetShape {
  /** [D, H, W] of a patch; each divisible by stem · 2^(levels − 1). */
  readonly patch: readonly [number, number, number]
  readonly channels: number
  readonly labels: number
}

/** Voxels by which every side of a patch must be divisible. */
export function patchMultiple(spec: UnetSpec): number {
  return spec.stem * 2 ** (spec.channels.length - 1)
}

/** [N, D, H, W, C] → logits [N, D, H, W, K]. Kernels start He-normal from `seed`. */
export function buildUnet(spec: UnetSpec, shape: UnetShape, seed: number): LayersModel {
  const multiple = patchMultiple(spec)
  if (shape.patch.some((size) => size % multiple !== 0)) {
    throw new Error(`a patch of ${shape.patch.join('×')} voxels does not divide by ${multiple}`)
  }
  const isFixed = spec.norm === 'fixed'
  let serial = 0

  function conv(x: SymbolicTensor, filters: number, kernel: 1 | 3): SymbolicTensor {
    const name = `conv${kernel}_${serial}`
    serial += 1
    // The norm of the patch takes any bias away again.
    const useBias = kernel === 1 || isFixed
    const config = { filters, kernelSize: kernel, padding: 'same', useBias, name } as const
    const kernelInitializer = initializers.heNormal({ seed: seed + serial })
    return layers.conv3d({ ...config, kernelInitializer }).apply(x) as SymbolicTensor
  }

  function block(x: SymbolicTensor, filters: number, convolutions = spec.convolutions): SymbolicTensor {
    let y = x
    for (let i = 0; i < convolutions; i++) {
      const norm = isFixed ? undefined : new InstanceNorm3D({ name: `norm_${serial}` })
      y = conv(y, filters, 3)
      if (norm !== undefined) y = norm.apply(y) as SymbolicTensor
      y = layers.leakyReLU({ alpha: SLOPE, name: `relu_${serial}` }).apply(y) as SymbolicTensor
    }
    return y
  }

  const fold = (x: SymbolicTensor) => new SpaceToDepth3D({ name: `fold_${serial}` }).apply(x) as SymbolicTensor
  const unfold = (x: SymbolicTensor) => new DepthToSpace3D({ name: `unfold_${serial}` }).apply(x) as SymbolicTensor

  const image = input({ shape: [...shape.patch, shape.channels], name: 'image' })
  let x = spec.stem === 2 ? fold(image) : image
  const skips: SymbolicTensor[] = []
  for (const [level, filters] of spec.channels.entries()) {
    if (level > 0) x = conv(fold(x), filters, 1)
    x = block(x, filters)
    skips.push(x)
  }
  for (const filters of spec.channels.slice(0, -1).toReversed()) {
    if (x === skips.at(-1)) skips.pop()
    const up = unfold(conv(x, 8 * filters, 1))
    x = block(layers.add({ name: `skip_${serial}` }).apply([up, skips.pop()!]) as SymbolicTensor, filters)
  }
  const coarse = spec.stem === 2 ? unfold(conv(x, 8 * shape.labels, 1)) : conv(x, shape.labels, 1)
  if (spec.stem !== 2 || spec.refine === undefined) return model({ inputs: image, outputs: coarse, name: 'unet' })
  const seen = [conv(coarse, spec.refine, 1), conv(image, spec.refine, 1)]
  const mixed = layers.add({ name: `skip_${serial}` }).apply(seen) as SymbolicTensor
  const correction = conv(block(mixed, spec.refine, 1), shape.labels, 1)
  const logits = layers.add({ name: `skip_${serial}` }).apply([coarse, correction]) as SymbolicTensor
  return model({ inputs: image, outputs: logits, name: 'unet' })
}
