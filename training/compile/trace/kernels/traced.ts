/** Every kernel that becomes ONNX nodes. */
import { activationKernels } from './activation.ts'
import { block3dKernels } from './block3d.ts'
import { compareKernels } from './compare.ts'
import { convolutionKernels } from './convolution.ts'
import { cropKernels } from './crop-and-resize.ts'
import { divisionKernels } from './division.ts'
import { einsumKernels } from './einsum.ts'
import { elementwiseKernels } from './elementwise.ts'
import { functionKernels } from './functions.ts'
import { gatherKernels } from './gather.ts'
import { localResponseKernels } from './local-response.ts'
import { makeKernels } from './make.ts'
import { matmulKernels } from './matmul.ts'
import { normKernels } from './norm.ts'
import { padKernels } from './pad.ts'
import { poolKernels } from './pool.ts'
import { poolGradientKernels } from './pool-gradient.ts'
import { rearrangeKernels } from './rearrange.ts'
import { reduceKernels } from './reduce.ts'
import { resizeKernels } from './resize.ts'
import { scanKernels } from './scan.ts'
import { scatterKernels } from './scatter.ts'
import { shapeKernels } from './shape.ts'
import { splitKernels } from './split.ts'
import { upsampling3dKernels } from './upsampling3d.ts'

export const TRACED = {
  ...elementwiseKernels,
  ...activationKernels,
  ...compareKernels,
  ...cropKernels,
  ...divisionKernels,
  ...einsumKernels,
  ...functionKernels,
  ...gatherKernels,
  ...localResponseKernels,
  ...makeKernels,
  ...padKernels,
  ...poolKernels,
  ...poolGradientKernels,
  ...rearrangeKernels,
  ...resizeKernels,
  ...scanKernels,
  ...scatterKernels,
  ...splitKernels,
  ...upsampling3dKernels,
  ...reduceKernels,
  ...shapeKernels,
  ...convolutionKernels,
  ...block3dKernels,
  ...normKernels,
  ...matmulKernels,
}

export type TracedKernelName = keyof typeof TRACED
