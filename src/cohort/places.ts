/** Where the results of a cohort lie: a BIDS derivative (bids-specification 1.10, "Derivatives"). */
import { join } from 'node:path'
import type { Subject } from './subject.ts'

export interface Places {
  readonly folder: string
  /** sub-X[_ses-Y]_dseg.nii.gz, on the grid of the scan that its sidecar names. */
  readonly map: string
  /** What it looks like. */
  readonly picture: string
  /** Written last: where it is, and is right, the subject is done. */
  readonly sidecar: string
  /** Why there is no map; there is one of the two at most. */
  readonly failure: string
}

export function placesOf(out: string, { folder: { subject, session } }: Pick<Subject, 'folder'>): Places {
  const folder = join(out, subject, ...(session === null ? [] : [session]), 'anat')
  const stem = session === null ? subject : `${subject}_${session}`
  return {
    folder,
    map: join(folder, `${stem}_dseg.nii.gz`),
    picture: join(folder, `${stem}_dseg.png`),
    sidecar: join(folder, `${stem}_dseg.json`),
    failure: join(out, 'logs', `${stem}.json`),
  }
}

export const TABLE_NAME = 'volumes.csv'
export const PAGE_NAME = 'qc.html'
export const DESCRIPTION_NAME = 'dataset_description.json'
