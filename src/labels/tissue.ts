/** Which labels of a set are the tissues of the brain, by their coded meaning (SNOMED CT), whatever their names. */
import type { LabelSet } from './label-set.ts'

const SNOMED_CODE = { csf: '65216001', grey: '389081007', white: '389080008' } as const

export type Tissue = keyof typeof SNOMED_CODE

/** The value of each tissue that the set has. */
export function tissueValues(labels: LabelSet): Partial<Readonly<Record<Tissue, number>>> {
  const found = (Object.keys(SNOMED_CODE) as Tissue[]).flatMap((tissue) => {
    const label = labels.find(({ code }) => code?.scheme === 'SCT' && code.value === SNOMED_CODE[tissue])
    return label === undefined ? [] : [[tissue, label.value] as const]
  })
  return Object.fromEntries(found)
}
