/** A subject whose labels somebody else made, kept for evaluation. */
import { FaultError } from '../../src/errors.ts'
import { readNifti } from '../../src/nifti/read.ts'
import type { LabelVolume, Volume } from '../../src/volume/volume.ts'
import { TRAINING_LIMITS } from './limits.ts'

export interface LabelledSubject {
  readonly name: string
  readonly channels: ReadonlyMap<string, Volume<'scan'>>
  /** Classes of label-sets.ts on the grid of `truthChannel`. */
  readonly truth: LabelVolume
  readonly truthChannel: string
  /** The classes that this truth states, and for which a score means something. */
  readonly states: readonly number[]
  /** Of each channel's file. */
  readonly sha256: Readonly<Record<string, string>>
}

export interface EvaluationCase {
  readonly name: string
  /** Who labelled it and how, in a sentence for the card. */
  readonly note: string
  /** A: free to redistribute. B: for local evaluation only. */
  readonly licenceClass: 'A' | 'B'
  /** Files relative to the data folder; the case can be used where all are there. */
  readonly files: readonly string[]
  readonly load: (dataDir: string) => Promise<LabelledSubject>
}

export interface ReadScan {
  readonly volume: Volume<'scan'>
  readonly sha256: string
}

export const readScan = (path: string): Promise<ReadScan> => readNifti(path, TRAINING_LIMITS)

/** Labels of a file → classes; a value that is not in the table becomes 0 only where `others` says so. */
export function classesOf(
  labels: Volume<'scan'>,
  table: ReadonlyMap<number, number>,
  others: 'background' | 'refuse',
): LabelVolume {
  const data = new Uint8Array(labels.data.length)
  for (let v = 0; v < data.length; v++) {
    const label = labels.data[v]!
    const known = label === 0 ? 0 : table.get(label)
    if (known === undefined && others === 'refuse')
      throw new FaultError('nifti-header', `label ${label} is not in the table; it has ${[...table.keys()].join(', ')}`)
    data[v] = known ?? 0
  }
  return { shape: labels.shape, affine: labels.affine, data }
}
