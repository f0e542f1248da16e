/**
 * The scans of the golden case: a phantom head (training/synth/phantom.ts), so that a model's folder holds nobody's
 * data. It shows that the network, its runtime and the code around it still give what they gave, not how good it is.
 */
import { buildScan } from './nifti-scan.ts'
import { seededRandom } from './random.ts'
import type { Recipe } from './recipe.ts'
import type { Modality } from './synth/contrast.ts'
import { phantomHead } from './synth/phantom.ts'

/** One patch of a 96³ network holds it with its margin. */
const SIZE_VOXELS = 72

/** Channel name → bytes of a NIfTI file, gzipped, int16. */
export function goldenScans(recipe: Recipe): ReadonlyMap<string, Buffer> {
  const channels = recipe.channels.map(({ name }) => name as Modality)
  const { scans } = phantomHead(SIZE_VOXELS, channels, seededRandom(recipe.seed, 1))
  return new Map([...scans].map(([name, volume]) => [name, buildScan(volume)]))
}
