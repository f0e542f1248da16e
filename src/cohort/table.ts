/**
 * The table of a cohort: one row a subject and session, whatever became of it. What is not known, because a scan cannot show it or
 * because there is no result, is an empty cell and never 0. Columns are added where something is added to the report.
 */
import type { LabelReport, Report } from '../inference/report.ts'
import { roundedTo, volumeOf } from '../measure/decimals.ts'
import { type Cell, csvOf } from './csv.ts'

export const STATUSES = ['done', 'failed', 'cancelled', 'waiting', 'running'] as const
export type Status = (typeof STATUSES)[number]

export interface Row {
  readonly subject: string
  readonly session: string | null
  readonly status: Status
  /** The code of the fault, where it failed. */
  readonly code: string | null
  /** The channels that there are scans of. */
  readonly scans: readonly string[]
  /** Its id, where it is a job of the service. */
  readonly job?: string
  /** Where it is done. */
  readonly report?: RowReport
}

export type RowReport = Pick<
  Report,
  'model' | 'labels' | 'lesions' | 'input' | 'usedChannels' | 'gridChannel' | 'timingsMs' | 'warnings'
> & { readonly byPlace?: ByPlace | null }

const PLACES = ['periventricular', 'juxtacortical', 'deep'] as const

/** How many lesions of a report lie in each place, and how large they are together. */
type ByPlace = Readonly<Record<(typeof PLACES)[number], { readonly count: number; readonly totalMl: number }>>

/** Without the lesions one by one, so that a thousand subjects stay small. */
export function rowReport(report: RowReport): RowReport {
  const { model, labels, lesions, input, usedChannels, gridChannel, timingsMs, warnings } = report
  return {
    ...{ model, labels, input, usedChannels, gridChannel, timingsMs, warnings },
    lesions: { ...lesions, list: null },
    byPlace: byPlaceOf(report),
  }
}

/** Null where nobody can tell: no list, no places, or one lesion without. */
function byPlaceOf(report: RowReport): ByPlace | null {
  const { list, places } = report.lesions
  // reports of earlier versions have no places at all
  if (list === null || !places || list.some(({ place }) => !place)) return report.byPlace ?? null
  const sums = PLACES.map((place) => {
    const own = list.filter((lesion) => lesion.place === place)
    const voxels = own.reduce((sum, lesion) => sum + lesion.voxels, 0)
    return [place, { count: own.length, totalMl: volumeOf(voxels, voxelMlOf(report)) }] as const
  })
  return Object.fromEntries(sums) as unknown as ByPlace
}

export interface Named {
  /** Without background. */
  readonly labels: readonly string[]
  readonly channels: readonly string[]
}

interface Column {
  readonly name: string
  readonly of: (row: Row, report: RowReport | undefined) => Cell | undefined
}

/** @param named labels and channels that have columns, in this order; those that reports have beyond them come last */
export function tableOf(rows: readonly Row[], named: Named): string {
  const reports = rows.flatMap(({ report }) => (report === undefined ? [] : [report]))
  const labels = new Set([...named.labels, ...reports.flatMap((report) => foreground(report).map(({ name }) => name))])
  const channels = new Set([...named.channels, ...reports.flatMap(({ input }) => Object.keys(input))])
  const columns = columnsOf([...labels], [...channels])
  if (rows.some(({ job }) => job !== undefined)) columns.push({ name: 'job', of: ({ job }) => job })
  const lines = rows.map((row) => columns.map(({ of }) => of(row, row.report) ?? null))
  return csvOf([unlike(columns.map(({ name }) => name)), ...lines])
}

function columnsOf(labels: readonly string[], channels: readonly string[]): Column[] {
  return [
    { name: 'subject', of: ({ subject }) => subject },
    { name: 'session', of: ({ session }) => session },
    { name: 'status', of: ({ status }) => status },
    { name: 'code', of: ({ code }) => code },
    { name: 'scans', of: ({ scans }) => scans.join(' ') },
    { name: 'scans_used', of: (_, report) => report?.usedChannels.join(' ') },
    ...labels.map(
      (name): Column => ({ name: `${nameOf(name)}_ml`, of: (_, report) => labelOf(report, name)?.volumeMl }),
    ),
    { name: 'intracranial_ml', of: (_, report) => report && intracranialMl(report) },
    ...labels.map((name): Column => ({ name: `${nameOf(name)}_percent`, of: (_, report) => percentOf(report, name) })),
    { name: 'lesions_count', of: (_, report) => report?.lesions.count },
    { name: 'lesions_ml', of: (_, report) => report?.lesions.totalMl },
    ...PLACES.flatMap((place): Column[] => [
      { name: `${place}_count`, of: (_, report) => report?.byPlace?.[place].count },
      { name: `${place}_ml`, of: (_, report) => report?.byPlace?.[place].totalMl },
    ]),
    { name: 'warnings', of: (_, report) => report && codesOf(report) },
    { name: 'model', of: (_, report) => report?.model.id },
    { name: 'version', of: (_, report) => report?.model.version },
    { name: 'weights_sha256', of: (_, report) => report?.model.sha256 },
    ...channels.map((name): Column => ({ name: `${name}_sha256`, of: (_, report) => report?.input[name]?.sha256 })),
    { name: 'seconds', of: (_, report) => report && roundedTo(0.1, report.timingsMs.total / 1000) },
  ]
}

/** Everything inside the skull that has a label: the voxels of all labels but the background, cerebrospinal fluid among them. */
function intracranialVoxels(report: RowReport): number {
  return foreground(report).reduce((sum, { voxels }) => sum + (voxels ?? 0), 0)
}

function intracranialMl(report: RowReport): number {
  return volumeOf(intracranialVoxels(report), voxelMlOf(report))
}

/** The label's share of the intracranial volume in percent; null where that volume is 0. */
function percentOf(report: RowReport | undefined, name: string): number | null {
  const voxels = labelOf(report, name)?.voxels ?? null
  if (report === undefined || voxels === null) return null
  const all = intracranialVoxels(report)
  return all === 0 ? null : roundedTo(100 / all, (100 * voxels) / all)
}

function labelOf(report: RowReport | undefined, name: string): LabelReport | undefined {
  return report && foreground(report).find((label) => label.name === name)
}

function foreground({ labels }: RowReport): readonly LabelReport[] {
  return labels.filter(({ value }) => value !== 0)
}

function voxelMlOf({ input, gridChannel }: RowReport): number {
  return input[gridChannel]!.spacingMm.reduce((product, mm) => product * mm, 1 / 1000)
}

function codesOf({ warnings }: RowReport): string {
  return warnings.map(({ code }) => code).join(' ')
}

/** A label may be called as another column is: the second `a` is `a_2`. */
function unlike(names: readonly string[]): string[] {
  return names.map((name, at) => {
    const before = names.slice(0, at).filter((other) => other === name).length
    return before === 0 ? name : `${name}_${before + 1}`
  })
}

/** White-matter lesion → white_matter_lesion, which R and pandas take as a name. */
function nameOf(label: string): string {
  return label.toLowerCase().replace(/[^a-z0-9]+/g, '_')
}
