/**
 * Pairs of scans and label maps from a CSV: columns `subject`, one a channel of the model, and `truth`; paths are relative to the
 * file's own folder. What the truth's values mean is said once for all rows.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { parseCsv } from '../../src/cohort/csv.ts'
import type { LabelSet } from '../../src/labels/label-set.ts'
import { readVolume } from '../sources/datasets/read-volume.ts'
import type { OwnSubject } from './own-list.ts'

/**
 * @param meanings 'grey matter=2,10-12', one a label; none: the truth has the values of the model's own labels, and those are
 *   scored that at least one truth has
 * @throws an Error with everything that is wrong, each with its line
 */
export async function subjectsOfCsv(
  file: string,
  channels: readonly string[],
  meanings: readonly string[],
  labels: LabelSet,
): Promise<readonly OwnSubject[]> {
  const { records, faults } = parseCsv(await readFile(file, 'utf8'))
  const [header, ...rows] = records
  const known = ['subject', ...channels, 'truth']
  const wrong = [...faults]
  for (const name of header?.cells ?? [])
    if (!known.includes(name)) wrong.push(`line 1: there is no column '${name}'; there are: ${known.join(', ')}`)
  for (const name of ['subject', 'truth'])
    if (!header?.cells.includes(name)) wrong.push(`line 1: there is no column '${name}'`)
  if (rows.length === 0) wrong.push('there is no subject below the header')
  const folder = dirname(resolve(file))
  const read = rows.map(({ line, cells }) => {
    const cell = (name: string) => cells[header?.cells.indexOf(name) ?? -1]?.trim() ?? ''
    const path = (name: string) => {
      if (!existsSync(resolve(folder, cell(name)))) wrong.push(`line ${line}: ${name}: there is no '${cell(name)}'`)
      return relative(folder, resolve(folder, cell(name)))
    }
    const given = channels.filter((channel) => cell(channel) !== '')
    if (given.length === 0) wrong.push(`line ${line}: no scan: ${channels.join(', ')} are all empty`)
    const scans = Object.fromEntries(given.map((channel) => [channel, path(channel)]))
    return { name: cell('subject'), scans, truth: path('truth') }
  })
  if (wrong.length > 0) throw new Error(`${file} cannot be used:\n${wrong.map((each) => `  ${each}`).join('\n')}`)
  const meaning = meanings.length > 0 ? statedMeaning(meanings) : await ownMeaning(read, folder, labels)
  return read.map((subject) => ({ ...subject, ...meaning }))
}

function statedMeaning(meanings: readonly string[]): Pick<OwnSubject, 'map' | 'others'> {
  const map = Object.fromEntries(
    meanings.map((text) => {
      const [label, values] = text.split('=')
      if (!label || !values) throw new Error(`'${text}' is not like 'grey matter=2,10-12'`)
      return [label, values]
    }),
  )
  return { map, others: 'background' }
}

async function ownMeaning(
  subjects: readonly { readonly truth: string }[],
  folder: string,
  labels: LabelSet,
): Promise<Pick<OwnSubject, 'map' | 'others' | 'score'>> {
  const found = new Set<number>()
  for (const { truth } of subjects) {
    for (const value of (await readVolume(resolve(folder, truth), 'labels')).data) found.add(value)
  }
  const score = labels.filter(({ value, kind }) => kind !== 'background' && found.has(value)).map(({ name }) => name)
  if (score.length === 0) {
    const meant = labels.map(({ value, name }) => `${value} ${name}`).join(', ')
    throw new Error(`no truth has a value of the model's labels (${meant}); say what its values mean with --truth`)
  }
  return { map: Object.fromEntries(labels.map(({ name, value }) => [name, `${value}`])), others: 'refuse', score }
}
