/** The name of every kernel that a traced program can call: tfjs's and ours. */
import type * as tfjsKernels from '@tensorflow/tfjs-core/dist/kernel_names.js'

/** tfjs states each name as a constant of its own literal type. */
type TfjsKernelName = Extract<(typeof tfjsKernels)[keyof typeof tfjsKernels], string>

/** Made in training/compile/layers. */
type OwnKernelName =
  | 'DepthToSpace3D'
  | 'DilatedConvBackpropFilter'
  | 'DilatedConvBackpropInput'
  | 'InstanceNorm3D'
  | 'ScaledSum3D'
  | 'SpaceToDepth3D'
  | 'UpSampling3D'

export type KernelName = TfjsKernelName | OwnKernelName
