/**
 * Comma-separated values as RFC 4180 has them: UTF-8 without a byte order mark, lines that end in CRLF, cells that hold a comma, a
 * quote or an end of line in quotes. What is read may end its lines in LF alone and begin with a byte order mark.
 */

/** null is a cell without anything in it, which pandas and R read as "not there". */
export type Cell = string | number | null

/** Spreadsheets compute a cell that begins so (OWASP, "CSV injection"); the wide forms too, in some locales. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/

export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('')
}

/** A text that a spreadsheet would take for a formula gets an apostrophe before it. */
function cellOf(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const text = FORMULA.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export interface CsvRecord {
  /** Where it begins, from 1. */
  readonly line: number
  readonly cells: readonly string[]
}

/** Lines without anything on them are left out. @returns also what is wrong, each with its line */
export function parseCsv(text: string): { readonly records: readonly CsvRecord[]; readonly faults: readonly string[] } {
  const records: CsvRecord[] = []
  const faults: string[] = []
  const source = text.replace(/^\uFEFF/, '')
  let line = 1
  let at = 0
  while (at < source.length) {
    const record: { line: number; cells: string[] } = { line, cells: [] }
    for (;;) {
      const isQuoted = source[at] === '"'
      const cell = isQuoted ? quotedAt(source, at) : plainAt(source, at)
      if (cell.fault !== undefined) faults.push(`line ${line}: ${cell.fault}`)
      record.cells.push(cell.text)
      line += source.slice(at, cell.end).split('\n').length - 1
      at = cell.end
      if (source[at] !== ',') break
      at++
    }
    if (source[at] === '\r') at++
    if (source[at] === '\n') at++
    line++
    if (record.cells.length > 1 || record.cells[0] !== '') records.push(record)
  }
  return { records, faults }
}

interface ReadCell {
  readonly text: string
  /** Where the comma or the end of the line behind the field is. */
  readonly end: number
  readonly fault?: string
}

function plainAt(source: string, at: number): ReadCell {
  const end = endOfCell(source, at)
  const text = source.slice(at, end)
  return text.includes('"') ? { text, end, fault: `a quote within a cell that is not quoted: ${text}` } : { text, end }
}

function quotedAt(source: string, at: number): ReadCell {
  let close = at + 1
  while (close < source.length && !(source[close] === '"' && source[close + 1] !== '"')) {
    close += source[close] === '"' ? 2 : 1
  }
  const text = source.slice(at + 1, close).replaceAll('""', '"')
  if (close >= source.length) return { text, end: source.length, fault: 'a quote is opened and not closed' }
  const end = endOfCell(source, close + 1)
  return end === close + 1 ? { text, end } : { text, end, fault: 'something follows the quote that closes a cell' }
}

function endOfCell(source: string, from: number): number {
  let end = from
  while (end < source.length && source[end] !== ',' && source[end] !== '\n' && source[end] !== '\r') end++
  return end
}
