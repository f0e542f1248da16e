/** An evaluation list made of files that nobody has listed: their hashes are taken as they are found. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Grid } from '../../src/volume/volume.ts'
import { readVolume } from '../sources/datasets/read-volume.ts'
import type { EvaluationList, ListedSubject } from './list.ts'

/** Labels mean what `map` says; the other fields are those of a listed subject of that kind. */
export type OwnSubject = Pick<
  Extract<ListedSubject, { kind: 'labels' }>,
  'name' | 'scans' | 'truth' | 'map' | 'others' | 'ignore' | 'merge' | 'score'
>

export interface OwnList {
  readonly list: EvaluationList
  /** A sentence for each subject that had to be left out. */
  readonly notes: readonly string[]
}

/**
 * @param dataDir that the paths of the subjects are relative to
 * @param group that they are averaged as
 */
export async function ownList(
  subjects: readonly OwnSubject[],
  { dataDir, model, group }: { readonly dataDir: string; readonly model: string; readonly group: string },
): Promise<OwnList> {
  const notes: string[] = []
  const listed: ListedSubject[] = []
  const taken = new Set<string>()
  for (const subject of subjects) {
    const name = nameOf(subject.name, taken)
    const grid = await gridChannel(subject, dataDir)
    if (grid === undefined) {
      notes.push(`${subject.name}: its truth lies on the grid of none of its scans`)
      continue
    }
    const sha256: Record<string, string> = {}
    for (const file of [...Object.values(subject.scans), subject.truth]) {
      sha256[file] = createHash('sha256')
        .update(await readFile(join(dataDir, file)))
        .digest('hex')
    }
    const note = `${subject.name}; truth: ${subject.truth}`
    listed.push({ ...subject, name, kind: 'labels', grid, group, note, licenceClass: 'B', sha256 })
  }
  return { list: { model, synth: {}, goals: [], subjects: listed }, notes }
}

/** In letters, digits and hyphens; numbered where two are the same then. */
function nameOf(name: string, taken: Set<string>): string {
  const plain =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'subject'
  let unique = plain
  for (let n = 2; taken.has(unique); n++) unique = `${plain}-${n}`
  taken.add(unique)
  return unique
}

/** The first channel with as many voxels at the same places as the truth has. */
async function gridChannel({ scans, truth }: OwnSubject, dataDir: string): Promise<string | undefined> {
  const labels = await readVolume(join(dataDir, truth), 'labels')
  for (const [channel, file] of Object.entries(scans)) {
    if (isSameGrid(await readVolume(join(dataDir, file), 'scan'), labels)) return channel
  }
  return undefined
}

/** Headers that programs wrote differ by rounding: half a millimetre at the far corner is none. */
const SAME_WITHIN_MM = 0.5

function isSameGrid(a: Grid, b: Grid): boolean {
  if (a.shape.join() !== b.shape.join()) return false
  return a.affine.every((value, at) => {
    const voxels = at % 4 === 3 ? 1 : a.shape[at % 4]!
    return Math.abs(value - b.affine[at]!) * voxels < SAME_WITHIN_MM
  })
}
