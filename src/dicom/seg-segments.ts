/** Which labels of a card become segments, and under which numbers: the same for the segmentation and for the report on it. */

import type { Label, LabelSet } from '../labels/label-set.ts'
import type { SegKind } from './object-names.ts'

export interface SegChoice {
  /** How voxels are stored; 'binary' is what every reader takes. */
  readonly kind: SegKind
  /** Values of labels that could not be assessed: neither described nor drawn. */
  readonly notAssessable?: readonly number[]
  /** Labels that no voxel has are left out, for viewers that stumble over them; otherwise they say "looked for, not found". */
  readonly omitEmpty?: boolean
}

export interface Segment {
  readonly number: number
  readonly label: Label
}

/**
 * Segments of a label map. BINARY has numbers from 1 without a gap and no background (PS3.3, C.8.20.2.4); in a LABELMAP the
 * number is the value of the voxel, and the background is a segment too (C.8.20.2.3.3).
 * @param isPresent by label value, whether any voxel has it
 */
export function segmentsOf(labels: LabelSet, choice: SegChoice, isPresent: readonly boolean[]): Segment[] {
  const assessed = labels.filter(({ value }) => !choice.notAssessable?.includes(value))
  const foreground = assessed.filter(({ kind }) => kind !== 'background')
  const filled = foreground.filter(({ value }) => isPresent[value])
  // The standard has no segmentation without a segment.
  const kept = choice.omitEmpty === true && filled.length > 0 ? filled : foreground
  if (choice.kind === 'labelmap') {
    return assessed
      .filter((label) => label.kind === 'background' || kept.includes(label))
      .map((label) => ({ number: label.value, label }))
  }
  return kept.map((label, at) => ({ number: at + 1, label }))
}
