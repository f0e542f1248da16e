/**
 * The scans of the golden case: a phantom head (training/sources/synth/phantom.ts), so that a model's folder holds nobody's
 * data. It shows that the network, its runtime and the code around it still give what they gave, not how good it is.
 */
import { seededRandom } from '../compile/random.ts'
import { buildScan } from '../sources/nifti-scan.ts'
import type { Modality } from '../sources/synth/contrast.ts'
import { phantomHead } from '../sources/synth/phantom.ts'
import type { Recipe } from './recipe.ts'

/** One patch of a 96³ network holds it with its margin. */
const SIZE_VOXELS = 72

/** Channel name → bytes of a NIfTI file, gzipped, int16. */
export function goldenScans(recipe: Recipe): ReadonlyMap<string, Buffer> {
  const channels = recipe.channels.map(({ name }) => name as Modality)
  const { scans } = phantomHead(SIZE_VOXELS, channels, seededRandom(recipe.seed, 1))
  return new Map([...scans].map(([name, volume]) => [name, buildScan(volume)]))
}
