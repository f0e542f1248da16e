/**
 * Segments every real scan of the data folder with the bundled model, has nibabel compare each label map with its scan,
 * and draws each: a table on stdout, overlays (PNG) to look at in the folder.
 *
 *   node test/all-real-scans.ts <folder> [part of a name] [--threads 0]
 *
 * Exits with 1 where a head is refused or a label map has not its scan's geometry; odd files may be refused.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { FaultError } from '../src/errors.ts'
import type { Report } from '../src/inference/report.ts'
import { type Model, readModels } from '../src/model/registry.ts'
import { openEngine } from '../src/network/ort.ts'
import { readNifti } from '../src/nifti/read.ts'
import { overlayPng } from '../training/evaluation/overlay.ts'
import { TRAINING_LIMITS } from '../training/sources/datasets/limits.ts'
import { nibabelMissing } from './fixtures/nibabel.ts'
import { nibabelFaults, realCases, segmentCase, type WrittenCase } from './fixtures/real-scans.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '0' } },
})
const [pictures, part = ''] = positionals
if (pictures === undefined) throw new Error('usage: all-real-scans.ts <folder> [part of a name] [--threads n]')
if (nibabelMissing) throw new Error(nibabelMissing)

await mkdir(pictures, { recursive: true })
const [model] = await readModels(resolve(import.meta.dirname, '../models'))
const open = await openEngine(model!.weightsPath, model!.card, { device: 'auto', threads: Number(values.threads) })
const scratch = await mkdtemp(join(tmpdir(), 'onelabel-real-'))
const counts = { segmented: 0, refused: 0, wrong: 0 }
const names = model!.card.labels.slice(1).map(({ name }) => name)
console.log(['scan', 'axes', 'spacing mm', ...names.map((name) => `${name} (voxels)`), 's', 'remarks'].join(' | '))
for (const one of realCases().filter(({ name }) => name.includes(part))) {
  const labelsPath = join(scratch, 'labels.nii.gz')
  try {
    const report = await segmentCase(one, model!, open, labelsPath)
    const written = { scanPath: one.scans[report.gridChannel]!, labelsPath }
    const [faults] = nibabelFaults([written], model!.card.labels.length)
    counts.segmented += 1
    if (faults!.length > 0) counts.wrong += 1
    console.log(rowOf(one.name, report, faults!))
    if (report.labels.every(({ value, voxels }) => value === 0 || voxels === 0)) continue // nothing to draw
    await writeFile(join(pictures, `${one.name.replaceAll(/[/ ]+/g, '__')}.png`), await pictureOf(written, model!))
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    counts.refused += 1
    if (!one.isOdd) counts.wrong += 1
    console.log(`${one.name} | refused: ${error.fault.kind}`)
  }
}
await open.close()
await rm(scratch, { recursive: true })
console.log(`${counts.segmented} segmented, ${counts.refused} refused, ${counts.wrong} not as they should be`)
process.exitCode = counts.wrong > 0 ? 1 : 0

function rowOf(name: string, { input, gridChannel, labels, timingsMs, warnings }: Report, faults: readonly string[]) {
  const { orientation, spacingMm } = input[gridChannel]!
  const cells = [name, orientation, spacingMm.map((mm) => mm.toFixed(2)).join('×')]
  const found = labels.slice(1).map(({ voxels }) => voxels)
  const remarks = [
    ...faults.map((fault) => `DIFFERS: ${fault}`),
    ...warnings.map(({ code, message }) => `${code}: ${message}`),
  ]
  return [...cells, ...found, (timingsMs.total / 1000).toFixed(1), remarks.join('; ')].join(' | ')
}

async function pictureOf({ scanPath, labelsPath }: WrittenCase, { card }: Model): Promise<Buffer> {
  const { volume } = await readNifti(scanPath, TRAINING_LIMITS)
  const { volume: map } = await readNifti(labelsPath, TRAINING_LIMITS)
  return overlayPng(volume, [{ ...map, data: Uint8Array.from(map.data) }], card.labels)
}
