/**
 * Our own two kernels (training/layers/block3d.ts): blocks of 2×2×2 voxels to channels and back.
 * Channel of a voxel (dz, dy, dx) of the block and channel c: ((dz·2 + dy)·2 + dx)·C + c.
 */
import { firstForm } from '../value.ts'
import { type Kernel, type KernelTable, need } from './kernel.ts'

const spaceToDepth: Kernel = (call) => {
  const x = need(call, 'x')
  const [n, d, h, w, c] = x.shape as [number, number, number, number, number]
  const { graph } = call
  const split = graph.node('Reshape', [firstForm(graph, x), graph.ints([n, c, d / 2, 2, h / 2, 2, w / 2, 2])])
  const moved = graph.node('Transpose', [split], { perm: [0, 3, 5, 7, 1, 2, 4, 6] })
  const first = graph.node('Reshape', [moved, graph.ints([n, 8 * c, d / 2, h / 2, w / 2])])
  return { shape: [n, d / 2, h / 2, w / 2, 8 * c], type: x.type, forms: { first } }
}

const depthToSpace: Kernel = (call) => {
  const x = need(call, 'x')
  const [n, d, h, w, c8] = x.shape as [number, number, number, number, number]
  const c = c8 / 8
  const { graph } = call
  const split = graph.node('Reshape', [firstForm(graph, x), graph.ints([n, 2, 2, 2, c, d, h, w])])
  const moved = graph.node('Transpose', [split], { perm: [0, 4, 5, 1, 6, 2, 7, 3] })
  const first = graph.node('Reshape', [moved, graph.ints([n, c, 2 * d, 2 * h, 2 * w])])
  return { shape: [n, 2 * d, 2 * h, 2 * w, c], type: x.type, forms: { first } }
}

export const block3dKernels: KernelTable = { DepthToSpace3D: depthToSpace, SpaceToDepth3D: spaceToDepth }
