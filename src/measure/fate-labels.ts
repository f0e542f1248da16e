/** Fates of lesions as the labels of a map, so that whatever shows label maps shows them. */
import type { LabelSet } from '../labels/label-set.ts'
import type { Fate } from './lesion-fate.ts'

/** The order of their values, from 1. */
export const FATES = [
  'new',
  'gone',
  'grown',
  'shrunk',
  'merged',
  'split',
  'unchanged',
] as const satisfies readonly Fate[]

/** More is red, less is blue; green is as it was. */
const COLOURS: Readonly<Record<Fate, [number, number, number]>> = {
  new: [255, 60, 60],
  gone: [60, 140, 255],
  grown: [255, 170, 0],
  shrunk: [0, 200, 200],
  merged: [255, 0, 200],
  split: [150, 90, 255],
  unchanged: [150, 200, 120],
}

export const FATE_LABELS: LabelSet = [
  { value: 0, name: 'no lesion', kind: 'background', color: [0, 0, 0] },
  ...FATES.map((fate, at) => ({ value: at + 1, name: fate, kind: 'lesion' as const, color: COLOURS[fate] })),
]

export function fateValue(fate: Fate): number {
  return FATES.indexOf(fate) + 1
}
