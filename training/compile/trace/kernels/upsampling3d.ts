/** Our own kernel (training/compile/layers/upsampling3d.ts): every voxel becomes a box. */
import { type Kernel, type KernelTable, need } from './kernel.ts'
import { repeated } from './repeat.ts'

const upSampling3d: Kernel = (call) => repeated(call.graph, need(call, 'x'), call.attrs['size'] as number[])

export const upsampling3dKernels = { UpSampling3D: upSampling3d } satisfies KernelTable
