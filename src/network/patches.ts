/** Where the patches lie on the model grid. */

/**
 * Starts of the patches along one axis: as few as keep at least `overlap` of a patch shared with its neighbour,
 * spread evenly, the first at 0 and the last flush with the end.
 *
 *   110 voxels, patch 64, overlap 0.5 (step at most 32) → 0, 23, 46
 *    64 voxels, patch 64                                → 0
 *    40 voxels, patch 64                                → 0   (the patch reaches past the end and is padded there)
 *
 * After nnU-Net, `compute_steps_for_sliding_window`.
 */
export function patchStarts(lengthVoxels: number, patchVoxels: number, overlap: number): number[] {
  const travelVoxels = lengthVoxels - patchVoxels
  if (travelVoxels <= 0) return [0]
  // In whole voxels: 10 × (1 − 0.9) is a little below 1 in floating point and would ask for one patch too many.
  const longestStepVoxels = Math.max(1, Math.round(patchVoxels * (1 - overlap)))
  const steps = Math.ceil(travelVoxels / longestStepVoxels)
  return Array.from({ length: steps + 1 }, (_, step) => Math.round((step * travelVoxels) / steps))
}
