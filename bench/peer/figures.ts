/** From what was measured to what is printed. */
import { dice } from '../../src/measure/overlap.ts'
import { agreement } from '../../src/model/golden.ts'
import type { LabelVolume } from '../../src/volume/volume.ts'
import { median } from '../../training/evaluation/statistics.ts'

/** The median of each. Every one has the keys of the first. */
export function mediansOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  return Object.fromEntries(Object.keys(all[0] ?? {}).map((key) => [key, median(all.map((each) => each[key]!))]))
}

export interface Agreement {
  /** The share of equal voxels among all of them, and among those that at least one of the maps does not call background. */
  readonly equalShare: number
  readonly equalShareInHead: number
  /** Label name → Dice; null where neither map has the label. */
  readonly dice: Readonly<Record<string, number | null>>
}

/** How far two maps on one grid say the same. @param names of the labels, by value */
export function agreementOf(a: LabelVolume, b: LabelVolume, names: readonly string[]): Agreement {
  const dices = dice(a, b, names.length)
  const equal = a.data.reduce((sum, value, at) => sum + Number(value === b.data[at]), 0)
  return {
    equalShare: equal / a.data.length,
    equalShareInHead: agreement(a.data, b.data),
    dice: Object.fromEntries(names.map((name, value) => [name, dices[value] ?? null])),
  }
}
