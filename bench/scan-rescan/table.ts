/** How far label maps of one head differ though nothing changed: each label, and lesions by their size. */

import { withDoubtful } from '../../src/labels/doubtful.ts'
import type { LabelSet } from '../../src/labels/label-set.ts'
import { lesionValues } from '../../src/labels/label-set.ts'
import { tissueValues } from '../../src/labels/tissue.ts'
import { fateOf, type LesionChange, lesionFates } from '../../src/measure/lesion-fate.ts'
import { LESION_NOISE, lesionNoiseMl } from '../../src/measure/scan-rescan-noise.ts'
import { labelSizes } from '../../src/measure/size.ts'
import { ventricles } from '../../src/measure/ventricles.ts'
import { ventriclesAtBoth } from '../../src/measure/ventricles-at-both.ts'
import { voxelVolumeMl } from '../../src/volume/affine.ts'
import { type Box, boxAbove, cropLabels, widen } from '../../src/volume/crop.ts'
import type { LabelVolume } from '../../src/volume/volume.ts'
import type { Kind } from './vary.ts'

export interface Rescan {
  readonly head: string
  readonly kinds: readonly Kind[]
  /** The head as it is, then its variants, all on one grid; of each the lesions that it is not sure of. */
  readonly maps: (LabelVolume & { readonly doubtful: LabelVolume })[]
}

/** Mean of both scans, mL. */
const SIZES = [0.03, 0.1, 0.3, 1, 5, 20, Number.POSITIVE_INFINITY]

export function tableOf(rescans: readonly Rescan[], labels: LabelSet): string {
  const [lesion] = lesionValues(labels) as [number]
  const changes = rescans.map((rescan) => changesOf(rescan, lesion))
  const volumes = rescans.map((rescan) => volumesOf(rescan, labels))
  return [
    ...rescans.map((rescan, at) => headLines(rescan, volumes[at]!)),
    lesionLines(changes.flat()),
    thresholdLines(rescans, volumes, changes, labels),
  ].join('\n')
}

/** By name, of each map in turn, mL. */
type Volumes = Readonly<Record<string, readonly number[]>>

function volumesOf({ maps }: Rescan, labels: LabelSet): Volumes {
  const { csf, grey, white } = tissueValues(labels) as Record<string, number>
  const values = { csf: csf!, grey: grey!, white: white!, lesions: lesionValues(labels) }
  const rows = maps.map((map) => {
    const box = widen(boxAbove(map.data, map.shape, 0)!, [1, 1, 1], map.shape)
    const brain = cropLabels(map, box)
    const sizes = labelSizes(brain, labels.length)
    const inVentricles = ventricles(brain, values).reduce((sum, one) => sum + one, 0) * voxelVolumeMl(map.affine)
    return [...sizes.slice(1).map(({ volumeMl }) => volumeMl), inVentricles]
  })
  const names = [...labels.slice(1).map(({ name }) => name), 'ventricles']
  return Object.fromEntries(names.map((name, n) => [name, rows.map((row) => row[n]!)]))
}

/** The lesions that changed between every two scans of the head; noise is set to none, so that every difference is reported. */
function changesOf({ maps }: Rescan, value: number): LesionChange[] {
  const only = ({ data, ...grid }: LabelVolume): LabelVolume => ({
    ...grid,
    data: data.map((label) => (label === value ? label : 0)),
  })
  const lesions = maps.map((map) => ({ sure: only(map), doubtful: only(map.doubtful) }))
  const all = lesions.flatMap(({ sure, doubtful }) => [sure, doubtful])
  const box = widen(boxOfAll(all), [1, 1, 1], all[0]!.shape)
  const cut = lesions.map(({ sure, doubtful }) => ({
    sure: cropLabels(sure, box),
    doubtful: cropLabels(doubtful, box),
  }))
  return cut.flatMap((a, n) =>
    cut.slice(n + 1).flatMap((b) => {
      const one = withDoubtful(a.sure, a.doubtful, b.sure, [value])
      const other = withDoubtful(b.sure, b.doubtful, a.sure, [value])
      return lesionFates(one, other, value, () => 0, { before: a.sure, after: b.sure })
    }),
  )
}

function boxOfAll(maps: readonly LabelVolume[]): Box {
  const any = Uint8Array.from(maps[0]!.data, (_, at) => (maps.some(({ data }) => data[at] !== 0) ? 1 : 0))
  return boxAbove(any, maps[0]!.shape, 0)!
}

/** Standard deviation in per cent of the volume by which two dates differ that agree on what is theirs. */
function ventriclesPercent({ maps }: Rescan, labels: LabelSet): number {
  const { csf, grey, white } = tissueValues(labels) as Record<string, number>
  const values = { csf: csf!, grey: grey!, white: white!, lesions: lesionValues(labels) }
  const box = widen(boxOfAll(maps), [1, 1, 1], maps[0]!.shape)
  const cut = maps.map((map) => {
    const brain = cropLabels(map, box)
    return { labels: brain, found: ventricles(brain, values) }
  })
  const differences = cut.flatMap((one, n) =>
    cut.slice(n + 1).map((other) => {
      const [a, b] = ventriclesAtBoth(one, other, values.csf)
      return (200 * (a - b)) / (a + b)
    }),
  )
  return Math.sqrt(meanOf(differences.map((percent) => percent ** 2)) / 2)
}

const meanOf = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length

/** Standard deviation in per cent of the mean. */
function sdPercent(values: readonly number[]): number {
  const mean = meanOf(values)
  return (100 * Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1))) / mean
}

/** What src/measure/scan-rescan-noise.ts is made of, and how many lesions it leaves unchanged. */
function thresholdLines(
  rescans: readonly Rescan[],
  volumes: readonly Volumes[],
  changes: readonly (readonly LesionChange[])[],
  labels: LabelSet,
): string {
  const ofVolumes = Object.keys(volumes[0]!).map(
    (name) => [name, volumes.map((ofHead) => sdPercent(ofHead[name]!))] as const,
  )
  const atBoth = ['ventricles, two dates', rescans.map((rescan) => ventriclesPercent(rescan, labels))] as const
  const percent = [...ofVolumes, atBoth].map(([name, each]) => {
    const together = Math.sqrt(meanOf(each.map((sd) => sd * sd)))
    const told = each.map((sd) => sd.toFixed(2)).join(' | ')
    return `| ${name} | ${told} | ${together.toFixed(2)} | ${(1.96 * Math.SQRT2 * together).toFixed(1)} |`
  })
  const kept = (of: readonly LesionChange[], singleMl: number) => {
    const unchanged = of.filter((change) => {
      const { seen, beforeMl, afterMl } = change
      const noiseMl = seen === 'at-one' ? singleMl : lesionNoiseMl((beforeMl + afterMl) / 2, seen)
      return fateOf({ ...change, noiseMl }) === 'unchanged'
    }).length
    return `${((100 * unchanged) / of.length).toFixed(1)} % of ${of.length}`
  }
  const unchanged = [0.03, LESION_NOISE.singleMl, 0.1].map((singleMl) => {
    const told = [...changes, changes.flat()].map((of) => kept(of, singleMl)).join(' | ')
    return `| ${singleMl} | ${told} |`
  })
  const heads = rescans.map(({ head }) => head).join(' | ')
  const rule = rescans.map(() => '---').join(' | ')
  return [
    '## Thresholds',
    `| sd of the volume, % | ${heads} | together | ± 95 % between two scans |`,
    `| --- | ${rule} | --- | --- |`,
    ...percent,
    '',
    `| seen at one date only up to, mL: lesions unchanged | ${heads} | together |`,
    `| --- | ${rule} | --- |`,
    ...unchanged,
    '',
  ].join('\n')
}

function headLines({ head, kinds }: Rescan, volumes: Volumes): string {
  const lines = Object.entries(volumes).map(([name, found]) => {
    const each = found.map((ml) => ml.toFixed(2)).join(' ')
    return `| ${name} | ${meanOf(found).toFixed(2)} | ${sdPercent(found).toFixed(2)} | ${each} |`
  })
  return [
    `## ${head}: as it is, ${kinds.join(', ')}`,
    '| label | mean mL | sd % | each |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n')
}

/** In mL, the smallest first. */
function differencesOf(changes: readonly LesionChange[]): readonly number[] {
  return changes.map(({ beforeMl, afterMl }) => Math.abs(afterMl - beforeMl)).sort((a, b) => a - b)
}

const p95Of = (sorted: readonly number[]) => sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0
const mostOf = (sorted: readonly number[]) => sorted.at(-1) ?? 0

function lesionLines(changes: readonly LesionChange[]): string {
  const lines = SIZES.map((upTo, n) => {
    const from = n === 0 ? 0 : SIZES[n - 1]!
    const here = changes.filter(({ beforeMl, afterMl }) => {
      const mean = (beforeMl + afterMl) / 2
      return mean > from && mean <= upTo
    })
    const atBoth = here.filter(({ seen }) => seen === 'at-both')
    const regrouped = atBoth.filter(({ lesionsBefore, lesionsAfter }) => lesionsBefore !== lesionsAfter).length
    const differences = differencesOf(atBoth)
    const doubtful = differencesOf(here.filter(({ seen }) => seen === 'doubtful-at-one'))
    const atOne = here.length - differences.length - doubtful.length
    const rms = Math.sqrt(differences.reduce((sum, ml) => sum + ml * ml, 0) / Math.max(1, differences.length))
    return `| ${from} to ${upTo} | ${atBoth.length} | ${rms.toFixed(4)} | ${p95Of(differences).toFixed(4)} | ${mostOf(differences).toFixed(4)} | ${regrouped} | ${doubtful.length} | ${p95Of(doubtful).toFixed(4)} | ${mostOf(doubtful).toFixed(4)} | ${atOne} |`
  })
  const single = changes
    .filter(({ seen }) => seen === 'at-one')
    .map(({ beforeMl, afterMl }: LesionChange) => beforeMl + afterMl)
    .sort((a, b) => a - b)
  return [
    '## Lesions, every pair of scans of one head',
    '| mean mL | at both | rms difference mL | 95 % below | most | merged or split | doubtful at one | 95 % below | most | at one date only |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
    `\nat one date only: ${single.length}, the largest (mL) ${single
      .slice(-20)
      .map((ml) => ml.toFixed(3))
      .join(' ')}`,
    '',
  ].join('\n')
}
