/** What is to be looked at of a result: the picture, and the page to print. */
import type { PrintedIdentity } from '../dicom/printed-identity.ts'
import type { Card } from '../model/card.ts'
import { pngOf } from '../picture/png.ts'
import { type Pictured, pictureOf } from './picture-of.ts'
import { writeWhole } from './write-whole.ts'

export interface SheetPaths {
  /** Where the picture is written (.png); none is drawn when absent. */
  readonly picturePath?: string
  /** Where the page to print is written (.pdf); none is made when absent. */
  readonly pdfPath?: string
}

export interface SheetsOf extends Omit<Pictured, 'scan'> {
  readonly card: Pick<Card, 'labels' | 'title'>
  readonly patient?: PrintedIdentity
  /** The scan whose grid the labels have. Its voxels may have been given back since it was read first. */
  readonly readScan: () => Promise<Pictured['scan']>
}

/** Faults: those of readScan(), disk-full. */
export async function writeSheets(
  { picturePath, pdfPath }: SheetPaths,
  { readScan, ...made }: SheetsOf,
): Promise<void> {
  if ((picturePath ?? pdfPath) === undefined) return
  const pictured = { ...made, scan: await readScan() }
  if (picturePath !== undefined) await writeWhole(picturePath, [pngOf(pictureOf(pictured))])
  if (pdfPath === undefined) return
  const { reportPage } = await import('./report-page.ts') // who prints nothing loads no typefaces
  await writeWhole(pdfPath, [await reportPage(pictured)])
}
