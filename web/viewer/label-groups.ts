/** Which labels lie over the scan: all, the lesions alone, none. */
import type { ColouredLabel } from './viewer.ts'

export interface PanelLabel extends ColouredLabel {
  readonly kind: 'background' | 'tissue' | 'lesion'
}

export type Group = 'all' | 'lesions' | 'none'
export const GROUPS: readonly { readonly value: Group; readonly text: string }[] = [
  { value: 'all', text: 'All labels' },
  { value: 'lesions', text: 'Lesions' },
  { value: 'none', text: 'None' },
]

export function valuesIn(group: Group, labels: readonly PanelLabel[]): ReadonlySet<number> {
  const isIn = { all: () => true, lesions: ({ kind }: PanelLabel) => kind === 'lesion', none: () => false }[group]
  return new Set(labels.filter(isIn).map(({ value }) => value))
}

export function groupAfter(group: Group): Group {
  return GROUPS[(GROUPS.findIndex(({ value }) => value === group) + 1) % GROUPS.length]!.value
}
