/** The picture of a result, with what its report says. */
import type { UnsurePlace } from '../measure/least-sure.ts'
import type { Card } from '../model/card.ts'
import type { Canvas } from '../picture/canvas.ts'
import { drawPicture } from '../picture/picture.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import type { LabelVolume, Volume } from '../volume/volume.ts'
import type { Report } from './report.ts'

/** As many as a picture shows. */
export const MOST_UNSURE = 2

export interface Pictured {
  /** The scan whose grid the labels have. */
  readonly scan: Volume<'scan'>
  readonly labels: LabelVolume
  /** In voxels of the labels. */
  readonly unsure: readonly UnsurePlace[]
  readonly report: Report
  readonly card: Pick<Card, 'labels'>
}

export function pictureOf({ scan, labels, unsure, report, card }: Pictured): Canvas {
  return drawPicture({ ...viewedOf({ scan, labels, unsure, report, card }), ...toldOf(report, labels) })
}

/** Exported for the page to print, which has views of its own. */
export function viewedOf({ scan, labels, unsure, report, card }: Pictured) {
  const notAssessable = report.labels.filter(({ assessable }) => !assessable).map(({ value }) => value)
  return { scan, labels, unsure, labelSet: card.labels, notAssessable }
}

function toldOf({ labels: measured, lesions, warnings, model }: Report, { affine }: LabelVolume) {
  const { count, totalMl, largestMl } = lesions
  const isKnown = count !== null && totalMl !== null && largestMl !== null
  return {
    measured,
    lesions: isKnown ? { count, totalMl, largestMl } : null,
    warnings,
    voxelMl: voxelVolumeMl(affine),
    maker: `onelabel ${model.id} ${model.version}`,
  }
}
