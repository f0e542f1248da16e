/** Networks whose values of a voxel lie beside each other ([D, H, W, C], as tfjs has them) behind an engine of [C, D, H, W]. */

/** [C, voxels] → [voxels, C], into `to`. */
export function channelsLast(from: Float32Array, channels: number, to: Float32Array): void {
  const voxels = from.length / channels
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * voxels
    for (let voxel = 0, at = channel; voxel < voxels; voxel++, at += channels) to[at] = from[start + voxel]!
  }
}

/** [voxels, C] → [C, voxels], into `to`. */
export function channelsFirst(from: Float32Array, channels: number, to: Float32Array): void {
  const voxels = from.length / channels
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * voxels
    for (let voxel = 0, at = channel; voxel < voxels; voxel++, at += channels) to[start + voxel] = from[at]!
  }
}
