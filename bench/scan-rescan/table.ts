/** How far label maps of one head differ though nothing changed: each label, and lesions by their size. */

import type { LabelSet } from '../../src/labels/label-set.ts'
import { lesionValues } from '../../src/labels/label-set.ts'
import { tissueValues } from '../../src/labels/tissue.ts'
import { type LesionChange, lesionFates } from '../../src/measure/lesion-fate.ts'
import { labelSizes } from '../../src/measure/size.ts'
import { ventricles } from '../../src/measure/ventricles.ts'
import { voxelVolumeMl } from '../../src/volume/affine.ts'
import { boxAbove, crop, cropGrid, widen } from '../../src/volume/crop.ts'
import type { LabelVolume } from '../../src/volume/volume.ts'
import type { Kind } from './vary.ts'

export interface Rescan {
  readonly head: string
  readonly kinds: readonly Kind[]
  /** The head as it is, then its variants, all on one grid. */
  readonly maps: readonly LabelVolume[]
}

/** Mean of both scans, mL. */
const SIZES = [0.03, 0.1, 0.3, 1, 5, 20, Number.POSITIVE_INFINITY]

export function tableOf(rescans: readonly Rescan[], labels: LabelSet): string {
  return [...rescans.map((rescan) => headLines(rescan, labels)), lesionLines(rescans, lesionValues(labels)[0]!)].join(
    '\n',
  )
}

function headLines({ head, kinds, maps }: Rescan, labels: LabelSet): string {
  const { csf, grey, white } = tissueValues(labels) as Record<string, number>
  const values = { csf: csf!, grey: grey!, white: white!, lesions: lesionValues(labels) }
  const rows = maps.map((map) => {
    const box = widen(boxAbove(map.data, map.shape, 0)!, [1, 1, 1], map.shape)
    const brain = { ...cropGrid(map, box), data: crop(map.data, map.shape, box) }
    const sizes = labelSizes(brain, labels.length)
    const inVentricles = ventricles(brain, values).reduce((sum, one) => sum + one, 0) * voxelVolumeMl(map.affine)
    return [...sizes.slice(1).map(({ volumeMl }) => volumeMl), inVentricles]
  })
  const names = [...labels.slice(1).map(({ name }) => name), 'ventricles']
  const lines = names.map((name, n) => {
    const found = rows.map((row) => row[n]!)
    const mean = found.reduce((sum, ml) => sum + ml, 0) / found.length
    const sd = Math.sqrt(found.reduce((sum, ml) => sum + (ml - mean) ** 2, 0) / (found.length - 1))
    const each = found.map((ml) => ml.toFixed(2)).join(' ')
    return `| ${name} | ${mean.toFixed(2)} | ${sd.toFixed(2)} | ${((100 * sd) / mean).toFixed(2)} | ${each} |`
  })
  return [
    `## ${head}: as it is, ${kinds.join(', ')}`,
    '| label | mean mL | sd mL | sd % | each |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n')
}

/** Every pair of scans of one head. */
function lesionLines(rescans: readonly Rescan[], value: number): string {
  const pairs = rescans.flatMap(({ maps }) => maps.flatMap((a, n) => maps.slice(n + 1).map((b) => [a, b] as const)))
  const changes = pairs.flatMap(([a, b]) => lesionFates(a, b, value, () => 0))
  const lines = SIZES.map((upTo, n) => {
    const from = n === 0 ? 0 : SIZES[n - 1]!
    const here = changes.filter(({ beforeMl, afterMl }) => {
      const mean = (beforeMl + afterMl) / 2
      return mean > from && mean <= upTo
    })
    const atBoth = here.filter(({ lesionsBefore, lesionsAfter }) => lesionsBefore > 0 && lesionsAfter > 0)
    const atOne = here.length - atBoth.length
    const regrouped = atBoth.filter(({ lesionsBefore, lesionsAfter }) => lesionsBefore !== lesionsAfter).length
    const differences = atBoth.map(({ beforeMl, afterMl }) => Math.abs(afterMl - beforeMl)).sort((a, b) => a - b)
    const rms = Math.sqrt(differences.reduce((sum, ml) => sum + ml * ml, 0) / Math.max(1, differences.length))
    const p95 = differences[Math.ceil(0.95 * differences.length) - 1] ?? 0
    const most = differences.at(-1) ?? 0
    return `| ${from} to ${upTo} | ${atBoth.length} | ${rms.toFixed(4)} | ${p95.toFixed(4)} | ${most.toFixed(4)} | ${atOne} | ${regrouped} |`
  })
  const single = changes
    .filter(({ lesionsBefore, lesionsAfter }) => lesionsBefore === 0 || lesionsAfter === 0)
    .map(({ beforeMl, afterMl }: LesionChange) => beforeMl + afterMl)
    .sort((a, b) => a - b)
  return [
    `## Lesions, ${pairs.length} pairs of scans`,
    '| mean mL | at both | rms difference mL | 95 % below | most | at one date only | merged or split |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
    `\nat one date only (mL): ${single.map((ml) => ml.toFixed(3)).join(' ')}`,
    '',
  ].join('\n')
}
