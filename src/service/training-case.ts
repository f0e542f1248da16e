/**
 * A corrected map as a case to train with: the scans that the map was made of and both maps, in the layout of BIDS (bids-specification
 * 1.10), so that several unpacked into one folder are one data set. Training reads it (training/datasets/corrected.ts).
 *
 *   sub-X/anat/sub-X_T1w.nii.gz, sub-X_FLAIR.nii.gz                              the scans
 *   derivatives/onelabel/sub-X/anat/sub-X_desc-corrected_dseg.nii.gz, .json      what the person made of the map, counted
 *   derivatives/onelabel/sub-X/anat/sub-X_desc-automatic_dseg.nii.gz, .json      what the network made
 *
 * X is of the job's id. Nothing that a file or a request called anything is in it: scans are written anew from their voxels.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { labelTsv } from '../cohort/describe.ts'
import { suffixesOf } from '../cohort/read-bids.ts'
import type { Report } from '../inference/report.ts'
import type { Card } from '../model/card.ts'
import { asDiskFull } from '../store/blobs.ts'
import type { Correction } from '../store/correction.ts'
import type { StoredJob } from '../store/job-store.ts'
import type { ScansOfJob } from './scans-of-job.ts'

export interface TrainingCase {
  /** Without an extension. */
  readonly name: string
  readonly archive: Readable
  /** Removes what was written for it, once the archive was read or is not wanted any more. */
  readonly end: () => Promise<void>
}

interface CaseDeps {
  readonly scans: ScansOfJob
  readonly incomingDir: string
  readonly card: Card
}

/** The first time that the format can say, in whatever time zone this runs; maps and scans are compressed already. */
const ENTRY = { mtime: new Date(1980, 0, 1), mode: 0o100600, forceDosTimestamp: true }

/**
 * @param stored a job whose scans were kept
 * @throws FaultError blob-missing, disk-full, queue-full
 */
export async function trainingCase(
  stored: StoredJob & { readonly correction: Correction },
  report: Report,
  { scans, incomingDir, card }: CaseDeps,
): Promise<TrainingCase> {
  const subject = `sub-${stored.job.id.replaceAll('-', '').slice(0, 12)}`
  const dir = join(incomingDir, randomUUID())
  await mkdir(dir, { mode: 0o700 })
  const end = () => rm(dir, { recursive: true, force: true })
  try {
    const zip = new ZipFile()
    const text = (path: string, content: string) => zip.addBuffer(Buffer.from(content), path, ENTRY)
    const json = (path: string, content: object) => text(path, `${JSON.stringify(content, null, 2)}\n`)
    const suffixes = suffixesOf(report.usedChannels)
    for (const channel of report.usedChannels) {
      const path = await scans.asNifti(stored, channel, dir)
      const suffix = suffixes?.get(channel) ?? channel.replace(/[^A-Za-z0-9]/g, '')
      zip.addFile(path, `${subject}/anat/${subject}_${suffix}.nii.gz`, { ...ENTRY, compress: false })
    }
    const derived = 'derivatives/onelabel'
    const stem = `${derived}/${subject}/anat/${subject}`
    const maps = [
      ['corrected', stored.correction.key, stored.correction.report],
      ['automatic', stored.labelsKey ?? '', report],
    ] as const
    for (const [kind, key, counted] of maps) {
      const path = await scans.fetch(key, dir)
      zip.addFile(path, `${stem}_desc-${kind}_dseg.nii.gz`, { ...ENTRY, compress: false })
      json(`${stem}_desc-${kind}_dseg.json`, sidecarOf(counted))
    }
    json('dataset_description.json', descriptionOf('raw', card))
    json(`${derived}/dataset_description.json`, descriptionOf('derivative', card))
    text(`${derived}/dseg.tsv`, labelTsv(card.labels))
    text('README', README)
    const archive = zip.outputStream as Readable
    zip.on('error', (error: Error) => archive.destroy(error))
    zip.end()
    return { name: `training-case-${subject.slice(4)}`, archive, end }
  } catch (error) {
    await end()
    throw asDiskFull(error)
  }
}

/** Whether the scans lie on each other by their headers: where not, one was laid on the other before the network saw them. */
function sidecarOf(report: Report): object {
  const isAligned = !report.warnings.some(({ code }) => code === 'scans-aligned')
  return { ScansLieOnEachOther: isAligned, GridChannel: report.gridChannel, Report: report }
}

function descriptionOf(type: 'raw' | 'derivative', { id, version, title, weights }: Card): object {
  const model = { Name: id, Version: version, Description: `${title}; weights SHA-256 ${weights.sha256}` }
  return {
    Name: type === 'raw' ? 'Scans of corrected label maps' : 'Label maps, as they were made and as they were corrected',
    BIDSVersion: '1.10.0',
    DatasetType: type,
    License: 'n/a',
    ...(type === 'derivative' && { GeneratedBy: [{ Name: 'onelabel' }, model] }),
  }
}

const README = `A label map of onelabel that a person corrected, with the scans that it was made of.

Scans are in sub-*/anat. The corrected map is desc-corrected in derivatives/onelabel, the network's own desc-automatic; their
labels are in dseg.tsv, what was counted in the .json beside each. Both lie on the grid of GridChannel. Where
ScansLieOnEachOther is false, the headers of the scans do not say where they lie to each other, and only the scan of GridChannel
lies under the map.

A head MRI shows a face: these scans can tell whose they are.
`
