/** What a job asks of the computation, and which files it leaves: one kind of work a kind of job. */
import { join } from 'node:path'
import type { CompareTask, SegmentTask } from '../compute/protocol.ts'
import type { ComparisonReport } from '../inference/comparison-report.ts'
import type { OnProgress } from '../inference/progress.ts'
import type { Report } from '../inference/report.ts'
import type { JobReport } from '../store/job.ts'
import type { Claim } from '../store/job-store.ts'
import { optionsOf } from '../store/options.ts'
import { kindOf } from '../store/task.ts'
import { byDate } from './dated-scans.ts'
import { comparisonFiles, comparisonKeyOf, confidenceKeyOf, labelsKeyOf, objectKeyOf, pdfKeyOf } from './result-keys.ts'
import { SERVICE_VERSION, SOFTWARE_VERSION } from './version.ts'

export interface RunOptions {
  readonly signal: AbortSignal
  readonly onProgress: OnProgress
  readonly traceparent: string | null
}

export type Run = (task: SegmentTask, options: RunOptions) => Promise<Report>
export type Compare = (task: CompareTask, options: RunOptions) => Promise<ComparisonReport>

export interface Work {
  /** @param scans name → path of the file, by the names of the task */
  run(scans: Readonly<Record<string, string>>, options: RunOptions): Promise<JobReport>
  /** Key and path of each file that is to be put among the blobs, the one of the label map last; once it has run. */
  files(): readonly (readonly [key: string, path: string])[]
  /** Where the computation writes why it refused the scans, if it was asked to. */
  readonly refusalPath: string
}

/** @param dir where the computation writes */
export function workOf(
  claim: Claim,
  dir: string,
  { run, compare }: { readonly run: Run; readonly compare: Compare },
): Work {
  const labelsKey = labelsKeyOf(claim)
  const refusalPath = join(dir, 'refusal.dcm')
  return kindOf(claim.task) === 'comparison' ? comparison() : segmentation()

  function segmentation(): Work {
    const { modelId, gridChannel, objects: names } = claim.task
    const { include, flip, affine, sequence, strict, seg, omitEmpty, page } = optionsOf(claim.task.options)
    const outPath = join(dir, 'labels.nii.gz')
    const confidencePath = include === 'confidence' ? join(dir, 'confidence.nii.gz') : undefined
    const pdfPath = page === '1' ? join(dir, 'report.pdf') : undefined
    const objects = {
      paths: { seg: join(dir, 'seg.dcm'), sr: join(dir, 'sr.dcm'), sc: join(dir, 'sc.dcm') },
      ...(names?.refusal && { refusalPath }),
      ...(seg && { seg }),
      ...(omitEmpty === '1' && { omitEmpty: true }),
      ...(names && { names }),
      ...{ madeMs: Date.now(), softwareVersion: SOFTWARE_VERSION, codeVersion: SERVICE_VERSION },
    }
    let made: Report['objects'] = []
    return {
      refusalPath,
      async run(scans, options) {
        const task = {
          scans,
          objects,
          ...(modelId && { modelId }),
          ...(gridChannel && { gridChannel }),
          outPath,
          ...(pdfPath && { pdfPath }),
          ...(confidencePath && { confidencePath }),
          ...(flip === 'average' && { flipAverage: true }),
          ...(affine && { affine }),
          ...(strict === '1' && { strict: true }),
          ...(sequence && { sequence }),
        }
        const report = await run(task, options)
        made = report.objects
        return report
      },
      files: () => [
        ...(confidencePath === undefined ? [] : [[confidenceKeyOf(labelsKey), confidencePath] as const]),
        ...(pdfPath === undefined ? [] : [[pdfKeyOf(labelsKey), pdfPath] as const]),
        ...(made ?? []).map((kind) => [objectKeyOf(labelsKey, kind), objects.paths[kind]] as const),
        [labelsKey, outPath],
      ],
    }
  }

  function comparison(): Work {
    const { modelId } = claim.task
    const { sequence } = optionsOf(claim.task.options)
    let channels: readonly string[] = []
    return {
      refusalPath,
      async run(scans, options) {
        const asked = { ...(modelId && { modelId }), ...(sequence && { sequence }) }
        const report = await compare({ scans: byDate(scans), outDir: dir, ...asked }, options)
        channels = report.usedChannels
        return report
      },
      files: () =>
        comparisonFiles(channels).map((file) => [comparisonKeyOf(labelsKey, file), join(dir, file)] as const),
    }
  }
}
