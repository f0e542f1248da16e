/** Label values as text: "3, 8, 1000-1035" → a table from a truth's values to a model's. */
import type { LabelSet } from '../../src/labels/label-set.ts'

/** "3, 10-12" → 3, 10, 11, 12. */
export function parseValues(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const found = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part)
    if (found === null) throw new Error(`'${part.trim()}' is neither a value nor a range like 1000-1035`)
    const [first, last] = [Number(found[1]), Number(found[2] ?? found[1])]
    if (last < first) throw new Error(`the range ${first}-${last} runs backwards`)
    return Array.from({ length: last - first + 1 }, (_, step) => first + step)
  })
}

/** The value of a label by its name. */
export function labelValue(name: string, labels: LabelSet): number {
  const label = labels.find((each) => each.name === name)
  if (label !== undefined) return label.value
  throw new Error(`the model has no label '${name}'; it has ${labels.map((each) => each.name).join(', ')}`)
}

/** Label name → text of values, as a table: value of the truth → value of the model. A value in two labels is refused. */
export function truthTable(map: Readonly<Record<string, string>>, labels: LabelSet): ReadonlyMap<number, number> {
  const table = new Map<number, number>()
  for (const [name, text] of Object.entries(map)) {
    for (const value of parseValues(text)) {
      if (table.has(value)) throw new Error(`value ${value} of the truth is in two labels`)
      table.set(value, labelValue(name, labels))
    }
  }
  return table
}
