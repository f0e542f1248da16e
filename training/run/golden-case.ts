/**
 * The golden case of a model: a phantom head (training/sources/synth/phantom.ts), so that its folder holds nobody's data, and the
 * label map that the network gives for it. It shows that the network, its runtime and the code around it still give what they
 * gave, not how good it is.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { segment } from '../../src/inference/segment.ts'
import type { Card, Pipeline } from '../../src/model/card.ts'
import { openEngine } from '../../src/network/ort.ts'
import { readNifti } from '../../src/nifti/read.ts'
import { encodeLabels } from '../../src/nifti/write.ts'
import { seededRandom } from '../compile/random.ts'
import { TRAINING_LIMITS } from '../sources/datasets/limits.ts'
import { buildScan } from '../sources/nifti-scan.ts'
import type { Modality } from '../sources/synth/contrast.ts'
import { phantomHead } from '../sources/synth/phantom.ts'

/** One patch of a 96³ network holds it with its margin. */
const SIZE_VOXELS = 72

/** The phantom is painted as T1 or FLAIR; a channel of any other name is shown the T1. */
const paintedAs = (channel: string): Modality => (channel.includes('flair') ? 'flair' : 't1')

/** Channel name → bytes of a NIfTI file, gzipped, int16. */
function goldenScans(channels: Pipeline['channels'], seed: number): ReadonlyMap<string, Buffer> {
  const painted = [...new Set(channels.map(({ name }) => paintedAs(name)))]
  const { scans } = phantomHead(SIZE_VOXELS, painted, seededRandom(seed, 1))
  return new Map(channels.map(({ name }) => [name, buildScan(scans.get(paintedAs(name))!)]))
}

export interface GoldenCase {
  readonly golden: Card['golden']
  /** Names of the labels that the map has beside background: with none the case shows little. */
  readonly found: readonly string[]
}

/** Writes scans and label map into <folder>/golden, the map as the network at `weightsPath` gives it on the CPU. */
export async function writeGoldenCase(
  folder: string,
  pipeline: Pipeline,
  weightsPath: string,
  seed: number,
): Promise<GoldenCase> {
  const { channels, labels } = pipeline
  const golden = {
    scans: Object.fromEntries(channels.map(({ name }) => [name, `golden/${name}.nii.gz`])),
    labels: 'golden/labels.nii.gz',
    minAgreement: 0.99,
  }
  await mkdir(join(folder, 'golden'), { recursive: true })
  for (const [name, file] of goldenScans(channels, seed)) await writeFile(join(folder, golden.scans[name]!), file)
  // From the files: their int16 is what the service will read.
  const read = await Promise.all(
    channels.map(
      async ({ name }) => [name, await readNifti(join(folder, golden.scans[name]!), TRAINING_LIMITS)] as const,
    ),
  )
  const files = new Map(read)
  const { engine, close } = await openEngine(weightsPath, pipeline, { device: 'cpu', threads: 0 })
  try {
    const volumes = new Map(read.map(([name, { volume }]) => [name, volume]))
    const { labels: map, gridChannel } = await segment(volumes, pipeline, engine)
    await writeFile(join(folder, golden.labels), await encodeLabels(map, files.get(gridChannel)!.geometry, labels))
    const found = labels.filter(({ value, kind }) => kind !== 'background' && map.data.includes(value))
    return { golden, found: found.map(({ name }) => name) }
  } finally {
    await close()
  }
}
