/** What somebody has chosen to send: a file for each channel, or a DICOM study, and files of which it is not yet said what they are. */

import { readHead } from '../scan/facts.ts'
import type { Head } from '../scan/head.ts'
import { Unreadable } from '../scan/head.ts'
import { proposeChannel } from '../scan/propose.ts'
import { looksLikeDicom, type Readable, readable, readSeries, type Series } from '../scan/study.ts'
import { isZip, zipEntries } from '../scan/zip.ts'

/** A file that may be a channel. */
export interface Picked {
  readonly file: File
  /** Null where the page cannot look into it; then `trouble` says why. */
  readonly head: Head | null
  readonly trouble: string | null
  /** Whether its place was proposed by its name, and nobody has said so yet. */
  readonly isProposed: boolean
}

export interface Study {
  /** One zip, or the instances. */
  readonly files: readonly File[]
  /** Null where the page cannot look into the archive. */
  readonly series: readonly Series[] | null
}

export interface Choice {
  /** Channel → file. */
  readonly slots: Readonly<Record<string, Picked>>
  readonly unplaced: readonly Picked[]
  readonly study: Study | null
}

export const NOTHING: Choice = { slots: {}, unplaced: [], study: null }

/** Puts files where their names propose; a channel that has one already, or a name that says nothing, leaves it unplaced. */
export async function withFiles(choice: Choice, files: readonly File[], channels: readonly string[]): Promise<Choice> {
  const study = await studyOf(files)
  if (study !== null) return { ...NOTHING, study }
  let next: Choice = { ...choice, study: null }
  for (const file of files) next = placed(next, await pick(file), proposeChannel(file.name, channels))
  return next
}

/** Puts one file where somebody said that it belongs. What was there is unplaced again. */
export async function withFileFor(choice: Choice, file: File, channel: string): Promise<Choice> {
  return moved({ ...choice, study: null }, await pick(file), channel)
}

function placed(choice: Choice, picked: Picked, channel: string | null): Choice {
  if (channel === null || choice.slots[channel] !== undefined)
    return { ...choice, unplaced: [...choice.unplaced, picked] }
  return { ...choice, slots: { ...choice.slots, [channel]: { ...picked, isProposed: true } } }
}

/** Two files that trade places do so at once. */
export function moved(choice: Choice, picked: Picked, channel: string): Choice {
  const from = Object.keys(choice.slots).find((name) => choice.slots[name]?.file === picked.file)
  const there = choice.slots[channel]
  const rest = without(choice, picked)
  const slots = { ...rest.slots, [channel]: { ...picked, isProposed: false } }
  if (there === undefined || there.file === picked.file) return { ...rest, slots }
  const back = { ...there, isProposed: false }
  if (from !== undefined) return { ...rest, slots: { ...slots, [from]: back } }
  return { ...rest, slots, unplaced: [...rest.unplaced, back] }
}

export function without(choice: Choice, picked: Picked): Choice {
  return {
    ...choice,
    slots: Object.fromEntries(Object.entries(choice.slots).filter(([, { file }]) => file !== picked.file)),
    unplaced: choice.unplaced.filter(({ file }) => file !== picked.file),
  }
}

/** Why it cannot be sent yet, in words; null when it can. @param required whether every channel is needed */
export function notYet(choice: Choice, channels: readonly string[], required: 'any' | 'all'): string | null {
  if (choice.study !== null) return null
  const filled = channels.filter((channel) => choice.slots[channel] !== undefined)
  if (choice.unplaced.length > 0) return 'Say of each file which scan it is, or take it out.'
  if (filled.length === 0) return 'Choose a scan first.'
  if (required === 'all' && filled.length < channels.length) return 'This model needs all of its scans.'
  return null
}

async function pick(file: File): Promise<Picked> {
  try {
    return { file, head: await readHead(file), trouble: null, isProposed: false }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return { file, head: null, trouble: error.message, isProposed: false }
  }
}

/** A zip, or files of which the first is DICOM. */
async function studyOf(files: readonly File[]): Promise<Study | null> {
  const [first] = files
  if (first === undefined) return null
  if (files.length === 1 && (await isZip(first))) {
    const entries = await zipEntries(first)
    return { files, series: entries && (await readSeries(entries)) }
  }
  const dicom: File[] = []
  const readables: Readable[] = []
  for (const file of files) {
    if (!(await looksLikeDicom(readable(file)))) continue
    dicom.push(file)
    readables.push(readable(file))
  }
  return dicom.length === 0 ? null : { files: dicom, series: await readSeries(readables) }
}
