/**
 * What was wrong with the headers and could be mended, counted by attribute and kind: told in one warning, in keywords of the
 * standard alone, never with a value.
 */
import type { Warning } from '../warnings.ts'

export type RepairKind = 'missing' | 'wrong-vr' | 'too-long' | 'unusable' | 'duplicate-file'

export interface Repair {
  readonly kind: RepairKind
  /** The keyword of PS3.6. */
  readonly attribute: string
  /** Of how many instances. */
  readonly instances: number
}

/** Attribute and kind of one instance, each once. */
export type RepairNotes = Set<`${RepairKind} ${string}`>

const SAYS: Record<RepairKind, string> = {
  missing: 'is missing and was filled in or left empty',
  'wrong-vr': 'has another value representation than the standard says and was read by the one it has',
  'too-long': 'is longer than its value representation allows and was read whole',
  unusable: 'has a value that cannot be and was replaced by what follows from the rest',
  'duplicate-file': 'stands in two files with the same bytes: one of them is read',
}

export function countRepairs(notes: Iterable<RepairNotes>): Repair[] {
  const counts = new Map<string, number>()
  for (const note of notes) for (const entry of note) counts.set(entry, (counts.get(entry) ?? 0) + 1)
  return [...counts]
    .map(([entry, instances]) => {
      const [kind, attribute] = entry.split(' ') as [RepairKind, string]
      return { kind, attribute, instances }
    })
    .sort((a, b) => a.attribute.localeCompare(b.attribute) || a.kind.localeCompare(b.kind))
}

/** null where nothing was repaired. */
export function repairWarning(repairs: readonly Repair[]): Warning | null {
  if (repairs.length === 0) return null
  const each = repairs.map(({ attribute, kind, instances }) => `${attribute} ${SAYS[kind]} (${instances} instances)`)
  return { code: 'dicom-repaired', message: `the DICOM headers are not as the standard says: ${each.join('; ')}` }
}
