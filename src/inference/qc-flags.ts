/** Which results of a cohort a person should look at first, and why. */
import { OUTLIER_Z, robustZ } from '../measure/robust-z.ts'
import { WARNINGS } from '../warnings.ts'
import type { LabelReport, Report } from './report.ts'

/** What is looked at of a report; a report is one. Codes are texts: another version may have written it, with others. */
export interface QcReport extends Pick<Report, 'model'> {
  readonly labels: readonly (Pick<LabelReport, 'value' | 'name' | 'voxels' | 'volumeMl'> & {
    readonly confidence?: number | undefined
  })[]
  readonly lesions: Pick<Report['lesions'], 'count' | 'totalMl' | 'largestMl'>
  readonly warnings: readonly {
    readonly code: string
    readonly message: string
    readonly means: string
    readonly todo: string
  }[]
}

/** One subject, or one session of one. */
export interface QcRow {
  readonly subject: string
  /** PNG; absent where none was drawn. */
  readonly picture?: Uint8Array
  /** Absent where there is no result. */
  readonly report?: QcReport
  /** Why there is no result. */
  readonly failure?: string
}

/** The gravest first. */
export const FLAG_KINDS = ['failed', 'implausible', 'outlier', 'unsure', 'warned'] as const

export interface Flag {
  readonly kind: (typeof FLAG_KINDS)[number]
  /** In a few words. */
  readonly text: string
}

/**
 * Mean probability of what the network chose, over all that it labelled. Of 12 real scans looked at when this was written the good
 * ones had 0.78 to 0.90.
 */
const LEAST_CONFIDENCE = 0.7

/** In the order of the rows; none for a result that gives no reason to look. */
export function flagsOf(rows: readonly QcRow[]): readonly (readonly Flag[])[] {
  const outliers = outliersOf(rows)
  return rows.map((row, at) => {
    const { report } = row
    if (report === undefined) return [{ kind: 'failed', text: row.failure ?? 'no result' }]
    const mean = meanConfidence(report)
    const grave = report.warnings.filter(({ code }) => isStrict(code))
    const others = report.warnings.filter((warning) => !grave.includes(warning))
    return [
      ...grave.map(({ code }): Flag => ({ kind: 'implausible', text: code })),
      ...outliers[at]!,
      ...(mean !== null && mean < LEAST_CONFIDENCE
        ? [{ kind: 'unsure' as const, text: `mean confidence ${mean.toFixed(2)}` }]
        : []),
      ...others.map(({ code }): Flag => ({ kind: 'warned', text: code })),
    ]
  })
}

/** Rows in the order in which to look at them: by the gravest flag, then by how many there are, then as they came. */
export function lookOrder(flags: readonly (readonly Flag[])[]): readonly number[] {
  const rank = (at: number) => Math.min(FLAG_KINDS.length, ...flags[at]!.map(({ kind }) => FLAG_KINDS.indexOf(kind)))
  return [...flags.keys()].sort((a, b) => rank(a) - rank(b) || flags[b]!.length - flags[a]!.length || a - b)
}

function isStrict(code: string): boolean {
  return Object.entries(WARNINGS).some(([known, { strict }]) => known === code && strict)
}

type Labels = QcReport['labels']

/** Of all that is labelled and has a confidence, by volume; null where nothing is. */
function meanConfidence({ labels }: { readonly labels: Labels }): number | null {
  const sure = labels.filter(({ value, confidence, volumeMl }) => value > 0 && confidence !== undefined && volumeMl)
  const total = sure.reduce((sum, { volumeMl }) => sum + volumeMl!, 0)
  return total === 0 ? null : sure.reduce((sum, { volumeMl, confidence }) => sum + volumeMl! * confidence!, 0) / total
}

/** Of each row the labels whose share of all that is labelled there is far from that of the other rows. */
function outliersOf(rows: readonly QcRow[]): readonly Flag[][] {
  const flags: Flag[][] = rows.map(() => [])
  const shares = rows.map(({ report }) => sharesOf(report?.labels ?? []))
  for (const name of new Set(shares.flatMap((share) => [...share.keys()]))) {
    const having = shares.flatMap((share, at) => (share.has(name) ? [at] : []))
    const z = robustZ(having.map((at) => shares[at]!.get(name)!))
    for (const [place, at] of having.entries()) {
      const found = z[place]
      if (typeof found !== 'number' || Math.abs(found) <= OUTLIER_Z) continue
      const percent = (100 * shares[at]!.get(name)!).toFixed(1)
      flags[at]!.push({ kind: 'outlier', text: `${name} ${percent} % of the labelled volume, z ${found.toFixed(1)}` })
    }
  }
  return flags
}

function sharesOf(labels: Labels): ReadonlyMap<string, number> {
  const shown = labels.filter(({ value, volumeMl }) => value > 0 && volumeMl !== null)
  const total = shown.reduce((sum, { volumeMl }) => sum + volumeMl!, 0)
  return new Map(total === 0 ? [] : shown.map(({ name, volumeMl }) => [name, volumeMl! / total]))
}
