/** What a data set's folder holds of its layout: subjects that are complete, and a note for each that is not. */
import { globSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RealSubject } from './subject.ts'

export interface Found {
  readonly subjects: readonly RealSubject[]
  /** A sentence for each subject that had to be left out, or that is not what it should be. */
  readonly notes: readonly string[]
}

/** What a data set means by its label values. */
export interface Stated {
  /** Label value → set of admissible classes (label-sets.ts). */
  readonly sets: ReadonlyMap<number, number>
  /** The set that says nothing: true of all voxels around the head. */
  readonly backgroundSet: number
}

/** A file that was looked for; `path` is undefined where it is not there. */
export interface Sought {
  readonly path: string | undefined
  /** Where it was looked for, relative to the subject's folder. */
  readonly looked: string
}

export interface Candidate {
  readonly name: string
  /** Channel → file. */
  readonly scans: Readonly<Record<string, Sought>>
  readonly truth: Sought
  readonly stated: Stated
}

/** The first file, in the order of the patterns and then of the names, that one of the patterns fits. */
export function seek(folder: string, ...patterns: readonly string[]): Sought {
  const looked = patterns.join(' or ')
  for (const pattern of patterns) {
    const [first] = globSync(pattern, { cwd: folder }).sort()
    if (first !== undefined) return { path: join(folder, first), looked }
  }
  return { path: undefined, looked }
}

/** Names of the folders in a folder, sorted. A link counts: where it leads to no subject, a note says so. */
export function foldersIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort()
}

/** Candidates whose files are all there become subjects; each of the others becomes a note that says what it lacks. */
export function gather(dataSet: string, candidates: readonly Candidate[]): Found {
  if (candidates.length === 0) return { subjects: [], notes: [`${dataSet}: no subject in its folder`] }
  const subjects: RealSubject[] = []
  const notes: string[] = []
  for (const { name, scans, truth, stated } of candidates) {
    const missing = [...Object.values(scans), truth].filter(({ path }) => path === undefined)
    if (missing.length > 0 || truth.path === undefined) {
      notes.push(`${name}: left out, it has no ${missing.map(({ looked }) => looked).join('; no ')}`)
      continue
    }
    const paths = Object.fromEntries(Object.entries(scans).map(([channel, { path }]) => [channel, path!]))
    subjects.push({ name, scans: paths, truth: truth.path, ...stated })
  }
  return { subjects, notes }
}
