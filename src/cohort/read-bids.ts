/**
 * The subjects of a BIDS folder (bids-specification 1.10, "Anatomy imaging data"): sub-X/[ses-Y/]anat/sub-X[_ses-Y][_key-value]…_T1w.nii[.gz].
 * What lies elsewhere, derivatives too, is not looked at. A subject (or session) without a scan is one with a fault: none is left out.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fault } from '../errors.ts'
import type { Subject } from './subject.ts'

/** Channels of cards → suffixes of BIDS. */
const SUFFIXES: Readonly<Record<string, string>> = { t1: 'T1w', flair: 'FLAIR', t2: 'T2w', pd: 'PDw' }

/** What is done where a subject has several scans of one suffix: refuse the subject, or take the first and warn. */
export const RUNS = ['refuse', 'first'] as const
export type Runs = (typeof RUNS)[number]

/** How BIDS calls the channels of a card; null where it has no name for one of them. */
export function suffixesOf(channels: readonly string[]): ReadonlyMap<string, string> | null {
  const named = channels.map((channel) => [channel, SUFFIXES[channel]] as const)
  return named.every((pair): pair is [string, string] => pair[1] !== undefined) ? new Map(named) : null
}

/** In the order of their names (sub-2 before sub-10). @param suffixes of suffixesOf() */
export async function readBids(root: string, suffixes: ReadonlyMap<string, string>, runs: Runs): Promise<Subject[]> {
  const found: Subject[] = []
  for (const subject of await foldersOf(root, /^sub-[A-Za-z0-9]+$/)) {
    const sessions = await foldersOf(join(root, subject), /^ses-[A-Za-z0-9]+$/)
    const own = await foldersOf(join(root, subject), /^anat$/)
    const places: readonly (string | null)[] = sessions.length === 0 || own.length > 0 ? [null, ...sessions] : sessions
    for (const session of places) found.push(await readPlace({ root, subject, session, suffixes, runs }))
  }
  return found
}

interface Place {
  readonly root: string
  readonly subject: string
  readonly session: string | null
  readonly suffixes: ReadonlyMap<string, string>
  readonly runs: Runs
}

async function readPlace({ root, subject, session, suffixes, runs }: Place): Promise<Subject> {
  const inRoot = [subject, ...(session === null ? [] : [session]), 'anat'].join('/')
  const names = await namesOf(join(root, inRoot))
  const prefix = session === null ? subject : `${subject}_${session}`
  const scans: Record<string, string> = {}
  const sources: Record<string, string> = {}
  const chosen: { code: 'first-of-several'; message: string }[] = []
  let fault: Fault | undefined
  for (const [channel, suffix] of suffixes) {
    const pattern = new RegExp(`^${prefix}(_[a-z]+-[A-Za-z0-9]+)*_${suffix}\\.nii(\\.gz)?$`)
    const [first, ...others] = names.filter((name) => pattern.test(name)).sort(plainFirst)
    if (first === undefined) continue
    scans[channel] = join(root, inRoot, first)
    sources[channel] = `bids:raw:${inRoot}/${first}`
    if (others.length === 0) continue
    const several = `channel ${channel}: there are ${others.length + 1} scans with the suffix ${suffix}`
    if (runs === 'first') chosen.push({ code: 'first-of-several', message: `${several}, the first by name was taken` })
    else fault ??= { kind: 'duplicate-channel', message: `${several}: leave one, or ask for --runs first` }
  }
  const wanted = [...suffixes.values()].join(' or ')
  if (Object.keys(scans).length === 0) fault = { kind: 'no-scan', message: `there is no ${wanted} in its folder anat` }
  return {
    ...{ subject, session, folder: { subject, session }, scans, sources },
    ...(fault && { fault }),
    ...(chosen.length > 0 && { chosen }),
  }
}

/** By name, run-2 before run-10; those with contrast agent (ce-) last, because the models have seen none. */
function plainFirst(a: string, b: string): number {
  return Number(a.includes('_ce-')) - Number(b.includes('_ce-')) || byName(a, b)
}

const byName = new Intl.Collator('en', { numeric: true }).compare

async function foldersOf(folder: string, pattern: RegExp): Promise<string[]> {
  const names = (await namesOf(folder)).filter((name) => pattern.test(name)).sort(byName)
  const areFolders = await Promise.all(names.map((name) => isFolder(join(folder, name))))
  return names.filter((_, at) => areFolders[at])
}

/** A link to nothing is none. */
async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false
}

/** Nothing where there is no such folder. */
async function namesOf(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return []
    throw error
  })
}
