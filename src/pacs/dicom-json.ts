/**
 * DICOM JSON (PS3.18, annex F), as servers write it: a data set is tag → { vr, Value }. Whatever is not as it should be counts
 * as absent; who needs it says so.
 */

export type DataSet = Readonly<Record<string, { readonly Value?: readonly unknown[] }>>

const UID = /^(0|[1-9]\d*)(\.(0|[1-9]\d*))*$/
const MOST_UID_CHARACTERS = 64

/** Whether it may stand in a path. Zeros at the start of a part are wrong (PS3.5, 9.1) and sent all the same. */
export function isUid(text: unknown): text is string {
  return (
    typeof text === 'string' && text.length <= MOST_UID_CHARACTERS && (UID.test(text) || /^\d+(\.\d+)+$/.test(text))
  )
}

/** @returns null for a text that is no list of data sets, nor a single one */
export function parseDataSets(text: string): readonly DataSet[] | null {
  try {
    const value: unknown = JSON.parse(text)
    const list = Array.isArray(value) ? value : [value]
    return list.every((each) => typeof each === 'object' && each !== null && !Array.isArray(each)) ? list : null
  } catch {
    return null
  }
}

export function valuesOf(dataSet: DataSet, tag: string): readonly unknown[] {
  const value = dataSet[tag]?.Value
  return Array.isArray(value) ? value : []
}

export function uidAt(dataSet: DataSet, tag: string): string | undefined {
  return valuesOf(dataSet, tag).find(isUid)
}

export function textsOf(dataSet: DataSet, tag: string): readonly string[] {
  return valuesOf(dataSet, tag).filter((value) => typeof value === 'string')
}

/** Servers write IS as a number or as a text. */
export function wholeOf(dataSet: DataSet, tag: string): number | undefined {
  const [value] = valuesOf(dataSet, tag)
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : undefined
}

/** The items of a sequence. */
export function itemsOf(dataSet: DataSet, tag: string): readonly DataSet[] {
  return valuesOf(dataSet, tag).filter((item): item is DataSet => typeof item === 'object' && item !== null)
}
