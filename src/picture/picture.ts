/** The picture of one result: three planes through the largest lesions and through the least sure places, and what was measured. */
import type { Canvas } from './canvas.ts'
import { legendOf, sheetOf, type Told } from './sheet.ts'
import { type Viewed, viewsOf } from './views.ts'

const SHOWN = { lesions: 3, unsure: 2 }

export type PictureInput = Viewed & Omit<Told, 'labels' | 'labelSet'> & { readonly measured: Told['labels'] }

export function drawPicture({ measured, ...input }: PictureInput): Canvas {
  return sheetOf(viewsOf(input, SHOWN), legendOf({ ...input, labels: measured }))
}
