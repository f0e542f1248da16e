/** A report as a table for spreadsheets: RFC 4180, one row a label and one a lesion; what is not known is an empty cell. */
import type { Report } from '../../src/inference/report.ts'

const COLUMNS = [
  'kind',
  'number',
  'label',
  'volume_ml',
  'assessable',
  'confidence',
  'place',
  'diameter_mm',
  'x_mm',
  'y_mm',
  'z_mm',
]
type Cell = string | number | boolean | null | undefined

export function reportCsv({ labels, lesions }: Pick<Report, 'labels' | 'lesions'>): string {
  const nameOf = (value: number) => labels.find((label) => label.value === value)?.name
  const rows: readonly (readonly Cell[])[] = [
    COLUMNS,
    ...labels
      .filter(({ value }) => value > 0)
      .map(({ value, name, volumeMl, assessable, confidence }) => [
        'label',
        value,
        name,
        volumeMl,
        assessable,
        confidence,
      ]),
    ...(lesions.list ?? []).map(({ label, volumeMl, confidence, place, diameterMm, centroidMm }, at) => [
      ...['lesion', at + 1, nameOf(label), volumeMl, true, confidence, place, diameterMm, ...centroidMm],
    ]),
  ]
  return rows.map((row) => `${COLUMNS.map((_, n) => cellOf(row[n])).join(',')}\r\n`).join('')
}

/** Text that a spreadsheet would take for a formula is kept from being one. */
function cellOf(value: Cell): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
