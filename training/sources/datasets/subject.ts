/** A real subject on disk whose label values state sets of classes, and how it is read. */
import { FaultError } from '../../../src/errors.ts'
import type { LabelVolume, Volume } from '../../../src/volume/volume.ts'
import { ownSet } from '../../method/label-sets.ts'
import type { StatedSubject } from '../stated-subject.ts'
import { readVolume } from './read-volume.ts'

export interface Folders {
  /** Where the data sets lie. */
  readonly dataDir: string
  /** Where this training run keeps what it makes: pseudo labels lie in its `pseudo` folder. */
  readonly workDir: string
}

export interface RealSubject {
  readonly name: string
  /** Channel → file. */
  readonly scans: Readonly<Record<string, string>>
  /** Label map on any grid that the affines relate to the scans. */
  readonly truth: string
  /** Label value → set of admissible classes (label-sets.ts). */
  readonly sets: ReadonlyMap<number, number>
  readonly backgroundSet: number
}

/** Label values → bit masks; a value that the source does not declare is refused (nifti-header). */
export function statedSets(labels: Volume<'scan'>, sets: ReadonlyMap<number, number>): LabelVolume {
  const data = new Uint8Array(labels.data.length)
  for (let v = 0; v < data.length; v++) {
    const set = sets.get(labels.data[v]!)
    if (set === undefined)
      throw new FaultError(
        'nifti-header',
        `label ${labels.data[v]} has no set; declared are ${[...sets.keys()].join(', ')}`,
      )
    data[v] = set
  }
  return { shape: labels.shape, affine: labels.affine, data }
}

/**
 * Reads scans and truth; each truth value becomes the set of labels that its source means by it.
 * @throws FaultError of the file that cannot be used, its message naming the subject
 */
export async function readSubject(subject: RealSubject): Promise<StatedSubject> {
  const { name, sets, backgroundSet } = subject
  try {
    const scans = new Map<string, Volume<'scan'>>()
    for (const [channel, path] of Object.entries(subject.scans)) {
      scans.set(channel, await readVolume(path, 'scan'))
    }
    const labels = await readVolume(subject.truth, 'labels')
    return { name, scans, sets: statedSets(labels, sets), backgroundSet, ownSet: ownSet(sets.values()) }
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    throw new FaultError(error.fault.kind, `${name}: ${error.message}`, { cause: error })
  }
}
