/**
 * What was wrong with the headers and could be mended, counted by attribute and kind: told in one warning, in keywords of the
 * standard alone, never with a value.
 */
import type { Warning } from '../warnings.ts'

export type RepairKind = 'missing' | 'wrong-vr' | 'too-long' | 'unusable' | 'left-out' | 'duplicate-file'

export interface Repair {
  readonly kind: RepairKind
  /** The keyword of PS3.6. */
  readonly attribute: string
  /** How many instances were repaired. */
  readonly instances: number
}

/** Attribute and kind of one instance, each once. */
export type RepairNotes = Set<`${RepairKind} ${string}`>

const SAYS: Record<RepairKind, string> = {
  missing: 'missing, filled in or left empty',
  'wrong-vr': 'of another value representation than the standard says, read by the one they have',
  'too-long': 'longer than their value representation allows, read whole',
  unusable: 'of a value that cannot be, replaced by what follows from the rest',
  'left-out': 'of a value that cannot be, left out of what is written of the series',
  'duplicate-file': 'in two files with the same bytes, of which one is read',
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
  const kinds = [...Map.groupBy(repairs, ({ kind }) => kind)]
  const each = kinds.map(([kind, own]) => {
    const attributes = own.map(({ attribute, instances }) => `${attribute} (${instances})`)
    return `${SAYS[kind]}: ${attributes.join(', ')}`
  })
  return {
    code: 'dicom-repaired',
    message: `DICOM headers are not as the standard says; attributes, and of how many instances: ${each.join('; ')}`,
  }
}
