/**
 * Our own two kernels (training/compile/layers/block3d.ts): blocks of 2×2×2 voxels to channels and back.
 * Channel of a voxel (dz, dy, dx) of the block and channel c: ((dz·2 + dy)·2 + dx)·C + c.
 * Two transposes each, one of which moves whole rows and the other parts or joins the even and odd voxels of a row:
 * onnxruntime has fast code for both and none for the one permutation that they make up.
 */
import { firstForm } from '../value.ts'
import { type Kernel, type KernelTable, need } from './kernel.ts'

type Five = [number, number, number, number, number]

const spaceToDepth: Kernel = (call) => {
  const x = need(call, 'x')
  const [n, d, h, w, c] = x.shape as Five
  const { graph } = call
  const reshape = (name: string, shape: number[]) => graph.node('Reshape', [name, graph.ints(shape)])
  const rows = reshape(firstForm(graph, x), [n, (c * d) / 2, 2, h / 2, 2, w])
  const moved = graph.node('Transpose', [rows], { perm: [0, 2, 4, 1, 3, 5] }) // [N, dz, dy, C·d, h, W]
  const pairs = reshape(moved, [n * 4, -1, 2])
  const parted = graph.node('Transpose', [pairs], { perm: [0, 2, 1] })
  const first = reshape(parted, [n, 8 * c, d / 2, h / 2, w / 2])
  return { shape: [n, d / 2, h / 2, w / 2, 8 * c], type: x.type, forms: { first } }
}

const depthToSpace: Kernel = (call) => {
  const x = need(call, 'x')
  const [n, d, h, w, c8] = x.shape as Five
  const c = c8 / 8
  const { graph } = call
  const reshape = (name: string, shape: number[]) => graph.node('Reshape', [name, graph.ints(shape)])
  const blocks = reshape(firstForm(graph, x), [n, 2, 2, 2, c * d, h, w])
  const moved = graph.node('Transpose', [blocks], { perm: [3, 0, 4, 1, 5, 2, 6] }) // [dx, N, C·d, dz, h, dy, w]
  const pairs = reshape(moved, [2, -1])
  const joined = graph.node('Transpose', [pairs], { perm: [1, 0] })
  const first = reshape(joined, [n, c, 2 * d, 2 * h, 2 * w])
  return { shape: [n, 2 * d, 2 * h, 2 * w, c], type: x.type, forms: { first } }
}

export const block3dKernels = { DepthToSpace3D: depthToSpace, SpaceToDepth3D: spaceToDepth } satisfies KernelTable
