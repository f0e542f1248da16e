/**
 * What `onelabel compare` made of two dates, against what readers marked as changed: which marked lesions were told as changed, and
 * which told changes nobody marked.
 *
 *   node bench/compare-changes.ts <folder that compare wrote> <mask of changes> [<motion.json>]
 *
 * The motion (4×4, row-major) carries the mask's world to that of the later scan; without it they are one.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectedComponents } from '../src/labels/components.ts'
import { tracedFates } from '../src/measure/lesion-fate.ts'
import { lesionNoiseMl } from '../src/measure/scan-rescan-noise.ts'
import { multiply, voxelVolumeMl } from '../src/volume/affine.ts'
import { restoreLabels } from '../src/volume/restore-labels.ts'
import type { LabelVolume } from '../src/volume/volume.ts'
import { readVolume } from '../training/sources/datasets/read-volume.ts'

const [folder, maskFile, motionFile] = process.argv.slice(2)
if (folder === undefined || maskFile === undefined) throw new Error('usage: compare-changes.ts <folder> <mask>')
const LESION = 4
/** Voxels of 1 mm: what lies no farther from a marked lesion is that lesion. */
const NEAR = 2
const labelsOf = async (path: string): Promise<LabelVolume> => {
  const { shape, affine, data } = await readVolume(path, 'labels')
  return { shape, affine, data: Uint8Array.from(data) }
}
const { alignment } = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'))
const [before, after] = [
  await labelsOf(join(folder, 'before-midway.nii.gz')),
  await labelsOf(join(folder, 'after-midway.nii.gz')),
]
const mask = await labelsOf(maskFile)
const still = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
const motion: number[] = motionFile === undefined ? still : JSON.parse(await readFile(motionFile, 'utf8'))
const affine = multiply(alignment.toMidway.after, multiply(motion, mask.affine))
const marked = restoreLabels({ ...mask, affine }, before)
const { ids, voxels } = connectedComponents(marked, before.shape, [1], 26)
const traced = tracedFates(before, after, LESION, lesionNoiseMl)
const [nx, ny, nz] = before.shape
const told = new Map<number, Set<number>>()
const anyNear = new Set<number>()
for (let at = 0; at < ids.length; at++) {
  for (const change of new Set([traced.before[at]!, traced.after[at]!])) {
    if (change === 0) continue
    const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]
    const near = told.get(change) ?? new Set<number>()
    told.set(change, near)
    for (let z = Math.max(0, k - NEAR); z <= Math.min(nz - 1, k + NEAR); z++)
      for (let y = Math.max(0, j - NEAR); y <= Math.min(ny - 1, j + NEAR); y++)
        for (let x = Math.max(0, i - NEAR); x <= Math.min(nx - 1, i + NEAR); x++) {
          const id = ids[x + nx * (y + ny * z)]!
          if (id === 0) continue
          near.add(id)
          anyNear.add(id)
        }
  }
}
const isChange = (n: number) => traced.changes[n - 1]!.fate !== 'unchanged'
const found = new Set([...told].filter(([n]) => isChange(n)).flatMap(([, near]) => [...near]))
const ml = (id: number) => voxels[id]! * voxelVolumeMl(before.affine)
const all = [...voxels.keys()].slice(1)
for (const least of [0, 0.05, 0.1, 0.2]) {
  const large = all.filter((id) => ml(id) >= least)
  const hit = large.filter((id) => found.has(id))
  console.log(
    `marked, ${least} mL and more: ${hit.length} of ${large.length} told as changed; a lesion was found at ${large.filter((id) => anyNear.has(id)).length}`,
  )
}
const changed = traced.changes.map((_, n) => n + 1).filter(isChange)
const alarms = changed.filter((n) => told.get(n)!.size === 0)
console.log(`told as changed: ${changed.length}, of them ${alarms.length} where nobody marked one`)
for (const n of alarms) console.log(`  ${JSON.stringify(traced.changes[n - 1])}`)
