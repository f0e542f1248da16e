/**
 * How much a patch has to say about each of its voxels: most in its middle, where the network saw all around.
 * The weight is separable, so one array an axis is kept instead of a volume.
 */

/** Far from the middle the Gaussian underflows; a voxel that only a patch's corner covers must still be heard. */
const LEAST_WEIGHT = 1e-4

/**
 * Weights along one axis of a patch, 1 in its middle: exp(−(i − c)² / 2σ²), c = (n − 1) / 2, σ = sigmaFraction · n.
 * The weight of a voxel is the product over the three axes.
 */
export function gaussianWeights(patchVoxels: number, sigmaFraction: number): Float32Array {
  const center = (patchVoxels - 1) / 2
  const sigmaVoxels = sigmaFraction * patchVoxels
  return Float32Array.from({ length: patchVoxels }, (_, i) =>
    Math.max(LEAST_WEIGHT, Math.exp(-((i - center) ** 2) / (2 * sigmaVoxels ** 2))),
  )
}

/**
 * Along one axis of `lengthVoxels`, the sum of the weights of the patches that begin at `starts`. Patches stand on a
 * lattice and their weight is a product over the axes, so the sum at a voxel is the product of three of these.
 */
export function weightSums(lengthVoxels: number, starts: readonly number[], weights: Float32Array): Float64Array {
  const sums = new Float64Array(lengthVoxels)
  for (const start of starts) {
    for (let i = Math.max(0, -start); i < weights.length && start + i < lengthVoxels; i++)
      sums[start + i]! += weights[i]!
  }
  return sums
}
