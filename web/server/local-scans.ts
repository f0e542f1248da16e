/**
 * Scans that were sent from this tab, so that they can be shown before the service has to give them back. They are in the memory
 * of the tab and nowhere else: nothing of a patient is written to the disk of whoever looks.
 */

/** Channel → file. */
export type Scans = Readonly<Record<string, File>>

/** A pair of scans may have a hundred megabytes. */
const MOST_JOBS = 4
const kept = new Map<string, Scans>()

export function keepScans(jobId: string, scans: Scans): void {
  kept.set(jobId, { ...kept.get(jobId), ...scans })
  const [oldest] = kept.keys()
  if (kept.size > MOST_JOBS && oldest !== undefined) kept.delete(oldest)
}

export const keptScan = (jobId: string, channel: string): File | null => kept.get(jobId)?.[channel] ?? null
