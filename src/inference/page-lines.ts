/** What the page to print says, line by line. */
import type { PrintedIdentity } from '../dicom/printed-identity.ts'
import type { LabelSet } from '../labels/label-set.ts'
import type { Card } from '../model/card.ts'
import { millilitresOf } from '../picture/sheet.ts'
import type { Vector } from '../volume/affine.ts'
import type { Pictured } from './picture-of.ts'
import type { LabelReport, Report } from './report.ts'
import { INDENT, type PageLine } from './sheet-of-paper.ts'

export interface Page extends Pictured {
  readonly card: Pick<Card, 'labels' | 'title'>
  /** Whose scan it is, where the results go back into a DICOM study. */
  readonly patient?: PrintedIdentity
}

/** A page has room for so many; all of them are in the report. */
const MOST_LESIONS = 10

export function headOf({ report, card, patient }: Page, researchOnly: string): PageLine[] {
  const { model, input, gridChannel, usedChannels } = report
  const whose = patient && [
    `Patient: ${patient.patientName || 'no name'}`,
    `ID: ${patient.patientId || 'none'}`,
    `study of ${patient.studyDate || 'no date'}`,
  ]
  return [
    { text: 'Segmentation of a brain MRI', size: 16, isBold: true },
    { text: researchOnly, size: 10, isBold: true },
    ...(whose ? [{ text: whose.join('   ') }] : []),
    ...Object.entries(input).map(([channel, { shape, spacingMm, orientation, sha256 }]) => {
      const use = usedChannels.includes(channel)
        ? channel === gridChannel
          ? '; the labels lie on its grid'
          : ''
        : '; not used'
      const spacing = spacingMm.map((mm) => Number(mm.toFixed(3))).join(' × ')
      return {
        text: `Scan ${channel}: ${shape.join(' × ')} voxels of ${spacing} mm, ${orientation}, SHA-256 ${sha256.slice(0, 16)}…${use}`,
      }
    }),
    { text: `Model ${model.id} ${model.version}: ${card.title}; weights SHA-256 ${model.sha256.slice(0, 16)}…` },
  ]
}

export function labelLines({ labels }: Report, labelSet: LabelSet, voxelMl: number): PageLine[] {
  const lines = labels
    .filter(({ value }) => labelSet[value]?.kind !== 'background')
    .flatMap((label): PageLine[] => {
      const { name, volumeMl, value } = label
      const { color: colour } = labelSet[value]!
      if (volumeMl === null) return [{ text: name, right: 'not assessable' }]
      return [
        { text: name, right: millilitresOf(volumeMl, voxelMl), colour },
        { text: detailsOf(label), size: 7, isFaint: true, indent: INDENT },
      ]
    })
  return [{ text: 'Volumes', size: 10, isBold: true }, ...lines]
}

function detailsOf({ voxels, confidence, reliability }: LabelReport): string {
  return [
    `${voxels} voxels`,
    ...(confidence === undefined ? [] : [`mean confidence ${confidence.toFixed(2)}`]),
    ...(reliability === 'low' ? ['low reliability'] : []),
  ].join(', ')
}

export function lesionLines({ lesions, labels }: Report, voxelMl: number): PageLine[] {
  const { count, totalMl, largestMl, list } = lesions
  const head = { text: 'Lesions', size: 10, isBold: true }
  const sums =
    count === null || totalMl === null || largestMl === null
      ? [{ text: 'not assessable' }]
      : [
          { text: 'count', right: String(count) },
          { text: 'together', right: millilitresOf(totalMl, voxelMl) },
          { text: 'largest', right: millilitresOf(largestMl, voxelMl) },
        ]
  const listed = (list ?? []).slice(0, MOST_LESIONS).flatMap(({ label, volumeMl, centroidMm }, at): PageLine[] => [
    { text: `${at + 1}. ${labels[label]!.name}`, right: millilitresOf(volumeMl, voxelMl), size: 7 },
    { text: `at ${placeOf(centroidMm)}`, size: 6, isFaint: true },
  ])
  const isCut = (list?.length ?? 0) > MOST_LESIONS
  const cut = { text: `the ${MOST_LESIONS} largest; the others stand in the report`, size: 7 }
  return [head, ...sums, ...listed, ...(isCut ? [cut] : [])]
}

/** 'R 12.3 A 4.0 I 20.1 mm', from the origin of the world. */
export function placeOf(mm: Vector): string {
  const along = mm.map((value, axis) => `${['RL', 'AP', 'SI'][axis]![value < 0 ? 1 : 0]} ${Math.abs(value).toFixed(1)}`)
  return `${along.join(' ')} mm`
}

/** A block a warning, which is kept together: what was seen, what it means, what to do. */
export function warningBlocks({ warnings }: Pick<Report, 'warnings'>): PageLine[][] {
  if (warnings.length === 0) return [[{ text: 'No warnings.' }]]
  return warnings.map(({ code, message, means, todo }) => [
    { text: `${message} (${code})`, isBold: true },
    { text: means },
    { text: `What to do: ${todo}` },
  ])
}
