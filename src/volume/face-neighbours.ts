import type { Shape } from './volume.ts'

/** Calls with the place of each voxel that shares a face with the one at `at`: six of them, fewer at the border. */
export function eachFaceNeighbour([ni, nj, nk]: Shape, at: number, see: (neighbour: number) => void): void {
  const i = at % ni
  const j = Math.floor(at / ni) % nj
  const k = Math.floor(at / (ni * nj))
  if (i > 0) see(at - 1)
  if (i < ni - 1) see(at + 1)
  if (j > 0) see(at - ni)
  if (j < nj - 1) see(at + ni)
  if (k > 0) see(at - ni * nj)
  if (k < nk - 1) see(at + ni * nj)
}
