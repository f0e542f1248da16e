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
 * Mean probability of what the network chose, over all that it labelled. Five real scans had 0.76 to 0.87 when this was written, and
 * two that were sent as the other sequence 0.78: less is a reason to look, more is none to trust.
 */
const LEAST_CONFIDENCE = 0.7
/** Warnings that follow from which scans were sent: said of the whole of such a cohort, they are no reason to look at one of it first. */
const OF_WHAT_WAS_SENT: readonly string[] = ['not-assessable', 'low-reliability']

/** In the order of the rows; none for a result that gives no reason to look. */
export function flagsOf(rows: readonly QcRow[]): readonly (readonly Flag[])[] {
  const outliers = outliersOf(rows)
  const unsure = unsureOf(rows)
  return rows.map((row, at) => {
    const { report } = row
    if (report === undefined) return [{ kind: 'failed', text: row.failure ?? 'no result' }]
    const grave = report.warnings.filter(({ code }) => isStrict(code))
    const others = report.warnings.filter(({ code }) => !isStrict(code) && !OF_WHAT_WAS_SENT.includes(code))
    return [
      ...grave.map(({ code }): Flag => ({ kind: 'implausible', text: code })),
      ...outliers[at]!,
      ...unsure[at]!,
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

/** The mean confidence of everything that is labelled and has one, weighted by volume; null where nothing has. */
function meanConfidence({ labels }: { readonly labels: Labels }): number | null {
  const sure = labels.filter(({ value, confidence, volumeMl }) => value > 0 && confidence !== undefined && volumeMl)
  const total = sure.reduce((sum, { volumeMl }) => sum + volumeMl!, 0)
  return total === 0 ? null : sure.reduce((sum, { volumeMl, confidence }) => sum + volumeMl! * confidence!, 0) / total
}

/** Below the least, or far below the others. */
function unsureOf(rows: readonly QcRow[]): readonly (readonly Flag[])[] {
  const means = rows.map(({ report }) => (report === undefined ? null : meanConfidence(report)))
  const having = [...means.keys()].filter((at) => means[at] !== null)
  const z = robustZ(having.map((at) => means[at]!))
  return means.map((mean, at) => {
    const far = (z[having.indexOf(at)] ?? 0) < -OUTLIER_Z
    if (mean === null || (mean >= LEAST_CONFIDENCE && !far)) return []
    return [{ kind: 'unsure', text: `mean confidence ${mean.toFixed(2)}${far ? ', far below the others' : ''}` }]
  })
}

/** For each row, the labels whose share of everything labelled there is far from their share in the other rows. */
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
