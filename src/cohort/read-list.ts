/**
 * The subjects of a list: CSV whose header names `subject`, `session` where there are any, and channels of the model. A cell is a path
 * relative to the list's own folder (of a file, or of a folder with one DICOM series); an empty cell is a scan that there is not.
 */
import { access, constants } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type CsvRecord, parseCsv } from './csv.ts'
import type { Subject } from './subject.ts'

export interface ReadList {
  readonly subjects: readonly Subject[]
  /** Everything that is wrong, each with its line; where there is anything, the subjects are not all there are. */
  readonly faults: readonly string[]
}

/** @param folder that paths are relative to */
export async function readList(text: string, folder: string, channels: readonly string[]): Promise<ReadList> {
  const { records, faults: ofText } = parseCsv(text)
  const [header, ...rows] = records
  if (header === undefined) return { subjects: [], faults: ['line 1: there is no header'] }
  const faults = [...ofText, ...headerFaults(header, channels)]
  if (faults.length > ofText.length) return { subjects: [], faults }
  if (rows.length === 0) faults.push(`line ${header.line}: there is no subject below the header`)
  const subjects: Subject[] = []
  const seen = new Map<string, number>()
  for (const row of rows) {
    const read = await readRow(row, header.cells, folder, channels)
    const told = read.faults.map((fault) => `line ${row.line}: ${fault}`)
    const key = JSON.stringify([read.subject.folder.subject, read.subject.folder.session])
    const earlier = seen.get(key)
    if (earlier !== undefined) told.push(`line ${row.line}: its results would lie where those of line ${earlier} lie`)
    seen.set(key, earlier ?? row.line)
    faults.push(...told)
    subjects.push(read.subject)
  }
  return { subjects, faults }
}

function headerFaults({ line, cells }: CsvRecord, channels: readonly string[]): string[] {
  const known = ['subject', 'session', ...channels]
  const faults = cells
    .filter((name) => !known.includes(name))
    .map((name) => `there is no column '${name}'; there are: ${known.join(', ')}`)
  for (const name of new Set(cells.filter((each, at) => cells.indexOf(each) !== at)))
    faults.push(`'${name}' stands twice`)
  if (!cells.includes('subject')) faults.push("there is no column 'subject'")
  if (!channels.some((channel) => cells.includes(channel)))
    faults.push(`no column is a channel: ${channels.join(', ')}`)
  if (cells.length === 1 && /[;\t]/.test(cells[0]!)) faults.push('cells are separated by commas')
  return faults.map((fault) => `line ${line}: ${fault}`)
}

async function readRow(
  { cells }: CsvRecord,
  header: readonly string[],
  folder: string,
  channels: readonly string[],
): Promise<{ readonly subject: Subject; readonly faults: readonly string[] }> {
  const faults: string[] = []
  if (cells.length !== header.length) faults.push(`${cells.length} cells; the header has ${header.length}`)
  const cell = (name: string): string => (header.includes(name) ? (cells[header.indexOf(name)] ?? '').trim() : '')
  const subject = cell('subject')
  const session = cell('session') === '' ? null : cell('session')
  if (labelOf(subject, 'sub') === 'sub-') faults.push(`a subject has letters or digits; found '${subject}'`)
  if (session !== null && labelOf(session, 'ses') === 'ses-')
    faults.push(`a session has letters or digits; found '${session}'`)
  const sources = Object.fromEntries(channels.flatMap((name) => (cell(name) === '' ? [] : [[name, cell(name)]])))
  const scans = Object.fromEntries(Object.entries(sources).map(([name, path]) => [name, resolve(folder, path)]))
  if (Object.keys(scans).length === 0) faults.push(`no scan: ${channels.join(', ')} are all empty`)
  for (const [name, path] of Object.entries(scans)) {
    const canRead = await access(path, constants.R_OK).then(
      () => true,
      () => false,
    )
    if (!canRead) faults.push(`${name}: cannot read '${sources[name]}'`)
  }
  const named = { subject: labelOf(subject, 'sub'), session: session === null ? null : labelOf(session, 'ses') }
  return { subject: { subject, session, folder: named, scans, sources }, faults }
}

/** What BIDS allows in a label is letters and digits: 'HC_01' → sub-HC01, 'sub-01' → sub-01. */
function labelOf(text: string, key: 'sub' | 'ses'): string {
  return `${key}-${text.replace(new RegExp(`^${key}-`), '').replace(/[^A-Za-z0-9]/g, '')}`
}
