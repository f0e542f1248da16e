/** What goes back into the study of a DICOM series beside its label map: segmentation, report and overview. */
import { intakeKey } from '../dicom/intake-key.ts'
import { OBJECT_KINDS, type ObjectKind, type ObjectNames, type SegKind } from '../dicom/object-names.ts'
import { writeSc } from '../dicom/sc-write.ts'
import { writeSeg } from '../dicom/seg-write.ts'
import type { SourceSeries } from '../dicom/source-series.ts'
import { type Measurements, notAssessableOf } from '../dicom/sr-report.ts'
import { writeSr } from '../dicom/sr-write.ts'
import type { Making } from '../dicom/write-modules.ts'
import type { DicomObject } from '../dicom/write-object.ts'
import type { Card } from '../model/card.ts'
import type { LabelVolume } from '../volume/volume.ts'
import type { InputScan } from './read-input.ts'
import type { Report } from './report.ts'
import { writeWhole } from './write-whole.ts'

/** Plain data, so that it can be sent to another process. */
export interface ObjectsTask {
  readonly paths: Readonly<Record<ObjectKind, string>>
  /** Where a report goes that says why there is no result, when the scans are refused (refusal.ts); none is made when absent. */
  readonly refusalPath?: string
  /** 'binary' when absent. */
  readonly seg?: SegKind
  readonly omitEmpty?: boolean
  /** Fixed by whoever asks; made of what the objects are made of when absent. */
  readonly names?: ObjectNames
  /** What the objects say, milliseconds since 1970. */
  readonly madeMs: number
  readonly softwareVersion: string
  /** The version of the code that computes: other code may give another result, which then needs UIDs of its own. */
  readonly codeVersion: string
}

export interface MadeOf {
  readonly source: SourceSeries
  readonly inputs: ReadonlyMap<string, InputScan>
  readonly labels: LabelVolume
  readonly report: Report
  readonly card: Card
  /** What was chosen for the result, beside what `task` chooses for the objects. */
  readonly options: Readonly<Record<string, string>>
}

/** @returns which there are, in the order of OBJECT_KINDS: without a segmentation where no label could be assessed */
export async function writeObjects(task: ObjectsTask, made: MadeOf): Promise<readonly ObjectKind[]> {
  const { source, labels, report, card, inputs } = made
  const making = makingOf(task, made)
  const measurements = measurementsOf(report)
  const { volume: scan } = inputs.get(report.gridChannel)!
  const { seg: kind = 'binary', omitEmpty = false } = task
  const choice = { kind, omitEmpty, notAssessable: notAssessableOf(measurements) }
  const ofLabels = { labelSet: card.labels, source, making }
  const seg = writeSeg({ ...ofLabels, labels, choice })
  const objects: Readonly<Record<ObjectKind, () => DicomObject | null>> = {
    seg: () => seg,
    sr: () => writeSr({ ...ofLabels, measurements, seg }),
    sc: () => writeSc({ ...ofLabels, measurements, scan, labels }),
  }
  const written: ObjectKind[] = []
  for (const name of OBJECT_KINDS) {
    const object = objects[name]()
    if (object === null) continue
    await writeWhole(task.paths[name], object.chunks())
    written.push(name)
  }
  return written
}

/** The key holds everything that the objects depend on: what differs in any of it is another object. */
function makingOf(task: ObjectsTask, { inputs, report, options }: MadeOf): Making {
  const { seg = 'binary', omitEmpty = false, madeMs, softwareVersion, codeVersion, names } = task
  const { id, version, sha256 } = report.model
  const instances = [...inputs].map(([channel, { dicom, sha256: ofFile }]) => {
    const uids = dicom?.source.slices.map(({ sopInstanceUid }) => sopInstanceUid)
    return [channel, [ofFile, ...(uids ?? [])]] as const
  })
  const key = intakeKey({
    instances: Object.fromEntries(instances),
    model: [id, version, sha256].join(' '),
    options: { ...options, grid: report.gridChannel, seg, omitEmpty: String(omitEmpty), code: codeVersion },
  })
  return { intakeKey: key, ...(names && { names }), made: new Date(madeMs), softwareVersion, model: report.model }
}

function measurementsOf({ labels, lesions, warnings }: Report): Measurements {
  const { count, totalMl, largestMl } = lesions
  const isKnown = count !== null && totalMl !== null && largestMl !== null
  return { labels, lesions: isKnown ? { count, totalMl, largestMl } : null, warnings }
}
