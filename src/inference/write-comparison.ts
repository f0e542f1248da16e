/** What a comparison leaves in its folder beside the report: label maps on both grids, scans and fates half-way, pictures, a table. */
import { join } from 'node:path'
import { FATE_LABELS } from '../measure/fate-labels.ts'
import type { Model } from '../model/registry.ts'
import type { NiftiGeometry } from '../nifti/geometry.ts'
import { encodeLabels, encodeScan } from '../nifti/write.ts'
import { pngOf } from '../picture/png.ts'
import { spacingMm } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { Grid, LabelVolume } from '../volume/volume.ts'
import type { BuiltComparison } from './build-comparison.ts'
import { changesCsv } from './changes-csv.ts'
import type { Compared } from './compare.ts'
import { type ComparisonFile, FATES_FILE, midwayScanFile } from './comparison-files.ts'
import { comparisonPicture } from './comparison-picture.ts'
import { DATES, type OfDates } from './dates.ts'
import { writeWhole } from './write-whole.ts'

interface Written {
  readonly compared: Compared
  readonly built: BuiltComparison
  readonly card: Model['card']
  readonly outDir: string
  /** The geometry of each date's first scan. */
  readonly geometry: OfDates<NiftiGeometry>
}

/** Each whole or not at all. Faults: disk-full. */
export async function writeComparison({ compared, built, card, outDir, geometry }: Written): Promise<void> {
  const { dates, usedChannels, scanOf } = compared
  const write = (name: ComparisonFile, bytes: Uint8Array) => writeWhole(join(outDir, name), [bytes])
  const halfway = geometryOf(dates.before.segmentation.labels)
  for (const date of DATES) {
    const { segmentation, ownLabels } = dates[date]
    const shown = card.labels.filter(({ value }) => !segmentation.assessed.notAssessable.includes(value))
    await write(`${date}-midway.nii.gz`, await encodeLabels(segmentation.labels, halfway, shown))
    await write(`${date}.nii.gz`, await encodeLabels(ownLabels, geometry[date], shown))
    for (const channel of usedChannels) {
      const scan = scanOf(date, channel)
      await write(midwayScanFile(date, channel), await encodeScan(scan, halfway))
      release(scan.data)
    }
  }
  await write(FATES_FILE, await encodeLabels(fatesOfBoth(built.fates), halfway, FATE_LABELS))
  // lesions are seen best in what shows them: the last channel of the card that both dates have
  const channel = usedChannels.at(-1)!
  const pictured = {
    ...{ report: built.report, shown: built.shown, card, brain: dates.before.segmentation.labels },
    dates: DATES.map((name) => ({ name, scan: scanOf(name, channel), fates: built.fates[name] })),
  }
  await write('changes.csv', Buffer.from(changesCsv(built.report, card.labels)))
  await write('picture.png', pngOf(comparisonPicture(pictured)))
  const { comparisonPage } = await import('./comparison-page.ts') // who prints nothing loads no typefaces
  await write('report.pdf', await comparisonPage(pictured))
}

/** A lesion that is there at one date only, or lies elsewhere at the other, is shown where it is or was. */
function fatesOfBoth({ before, after }: OfDates<LabelVolume>): LabelVolume {
  return { ...after, data: after.data.map((fate, at) => (fate === 0 ? before.data[at]! : fate)) }
}

/** A grid along the world's axes as NIfTI-1 says it: sform alone, scanner coordinates, mm. */
function geometryOf({ shape, affine }: Grid): NiftiGeometry {
  return {
    version: 1,
    dim: [3, ...shape, 1, 1, 1, 1],
    pixdim: [1, ...spacingMm(affine), 0, 0, 0, 0],
    qformCode: 0,
    sformCode: 1,
    quatern: [0, 0, 0],
    qoffset: [0, 0, 0],
    srow: affine.slice(0, 12),
    xyztUnits: 2,
  }
}
