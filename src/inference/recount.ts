/** A label map as a person corrected it: held to the map that the network made, counted as that was, and written as ours. */
import { createHash } from 'node:crypto'
import { isSameGrid } from '../dicom/source-grid.ts'
import { FaultError } from '../errors.ts'
import { peekGrid } from '../formats/peek.ts'
import { readScan } from '../formats/read.ts'
import type { Card } from '../model/card.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import { encodeLabels } from '../nifti/write.ts'
import { spacingMm } from '../volume/affine.ts'
import { orientationCode } from '../volume/orientation.ts'
import { release } from '../volume/release.ts'
import type { Grid, LabelVolume, Volume } from '../volume/volume.ts'
import { type Report, recountedReport } from './report.ts'
import { writeWhole } from './write-whole.ts'

/** What numbers of a header lose on the way through a viewer, of a voxel. */
const ROUNDING_SHARE = 0.01

export interface RecountFiles {
  /** The person's map, in any format that scans are read from. */
  readonly correctedPath: string
  /** The network's map, and its report. */
  readonly labelsPath: string
  readonly report: Report
  /** The card of the model that made it. */
  readonly card: Card
  /** Where the corrected map is written (.nii.gz), with nothing of the person's file but its voxels. */
  readonly outPath: string
  readonly limits: NiftiLimits
}

export interface Recounted {
  readonly report: Report
  /** The hash of the file that was written. */
  readonly sha256: string
}

/** Faults: those of readScan() for the person's map; correction-grid, correction-labels. */
export async function recountFiles(task: RecountFiles): Promise<Recounted> {
  const { correctedPath, labelsPath, report, card, outPath, limits } = task
  const { grid, geometry } = await peekGrid(labelsPath, limits)
  // By the header first, so that a map of another size costs nothing more.
  requireGrid(grid, (await peekGrid(correctedPath, limits)).grid)
  const { volume } = await readScan(correctedPath, limits, undefined, 'labels')
  const labels: LabelVolume = { ...grid, data: labelsOf(volume, card) }
  release(volume.data)
  const recounted = recountedReport(report, labels, card)
  const shown = card.labels.filter(({ value }) => recounted.labels.some((one) => one.value === value && one.assessable))
  const bytes = await encodeLabels(labels, geometry, shown)
  await writeWhole(outPath, [bytes])
  return { report: recounted, sha256: createHash('sha256').update(bytes).digest('hex') }
}

function requireGrid(expected: Grid, found: Grid): void {
  if (isSameGrid(expected, found, ROUNDING_SHARE)) return
  throw new FaultError(
    'correction-grid',
    `the corrected map is ${said(found)}, the label map is ${said(expected)}: correct the map that came from this job, on its own grid`,
  )
}

/** "176 × 240 × 256, 1 × 1 × 1 mm, RAS, its first voxel at -87.5, -120, -128 mm" */
function said({ shape, affine }: Grid): string {
  const spacing = spacingMm(affine).map((mm) => Number(mm.toFixed(3)))
  const origin = [affine[3]!, affine[7]!, affine[11]!].map((mm) => Number(mm.toFixed(3)))
  return `${shape.join(' × ')}, ${spacing.join(' × ')} mm, ${orientationCode(affine)}, its first voxel at ${origin.join(', ')} mm`
}

/** @throws FaultError correction-labels for a value that no label of the card has */
function labelsOf({ data }: Volume<'scan'>, { labels }: Card): Uint8Array {
  const isKnown = new Set(labels.map(({ value }) => value))
  const found = new Uint8Array(data.length)
  for (let at = 0; at < data.length; at++) {
    const value = data[at]!
    if (!isKnown.has(value)) {
      const known = labels.map(({ value, name }) => `${value} ${name}`).join(', ')
      throw new FaultError('correction-labels', `the corrected map holds the value ${value}; the labels are ${known}`)
    }
    found[at] = value
  }
  return found
}
