/**
 * What supervisor and child say to each other over the fork's channel: paths and numbers, never voxels. Both unions
 * are exhaustive; parent and child are always of the same commit, so nothing is parsed.
 */
import type { Fault } from '../errors.ts'
import type { ComparisonReport } from '../inference/comparison-report.ts'
import type { OfDates } from '../inference/dates.ts'
import type { ObjectsTask } from '../inference/dicom-objects.ts'
import type { Progress } from '../inference/progress.ts'
import type { Report } from '../inference/report.ts'
import type { Card } from '../model/card.ts'
import type { LeftOut } from '../model/registry.ts'
import type { Device, DeviceChoice } from '../network/device.ts'
import type { AffineChoice } from '../nifti/affine-source.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import type { SequenceChoice } from '../quality/check-sequences.ts'
import type { ResidencyEvent } from './residency.ts'

/** One segmentation, by reference. */
export interface SegmentTask {
  /** Channel name → path of its file, of any form that readInput() reads. */
  readonly scans: Readonly<Record<string, string>>
  /** The first model by id when absent. */
  readonly modelId?: string
  /** Channel on whose grid the labels lie; the first of the card that was sent when absent. */
  readonly gridChannel?: string
  /** Where the label map (.nii.gz) is written: as `<outPath>.part`, then renamed. */
  readonly outPath: string
  /** Where the map of the confidence (.nii.gz) is written, in the same way; none is made when absent. */
  readonly confidencePath?: string
  /** Where the page to print (.pdf) is written, in the same way; none is made when absent. */
  readonly pdfPath?: string
  /** Each patch is seen mirrored as well and the answers are averaged. */
  readonly flipAverage?: boolean
  /** The choice for files that state two affines. */
  readonly affine?: AffineChoice
  /** A result that cannot be a brain is a fault. */
  readonly strict?: boolean
  /** Scans that look like other sequences than their channels' are not refused. */
  readonly sequence?: SequenceChoice
  /** What is written beside the map of a DICOM series. */
  readonly objects?: ObjectsTask
}

/** Two dates of one head, by reference. */
export interface CompareTask {
  /** For each date: channel name → path of its file. */
  readonly scans: OfDates<Readonly<Record<string, string>>>
  /** The first model by id when absent. */
  readonly modelId?: string
  /** A folder for the results (comparison-files.ts). */
  readonly outDir: string
  readonly sequence?: SequenceChoice
}

export interface ChildSettings {
  readonly modelsDir: string
  /**
   * The models are copied there first, unless they were before, and read from there: what was proved is what is loaded
   * later, whatever becomes of `modelsDir`. Without it they are read where they lie.
   */
  readonly keepModelsIn?: string
  /** Ids of the models without which none is served; the others are left out where they are invalid. Absent: all of them. */
  readonly requiredModels?: readonly string[]
  readonly device: DeviceChoice
  /** 0 = the cores this process may use. */
  readonly threads: number
  readonly limits: NiftiLimits
  readonly heartbeatMs: number
  /** The memory that all models loaded at one time may take, see serve-models.ts; 0 or absent: no limit. */
  readonly modelMemoryBytes?: number
}

/** A model that was loaded, warmed up and held to its golden case. */
export interface ReadyModel {
  readonly id: string
  readonly version: string
  readonly sha256: string
  readonly device: Device
  /** Why 'auto' did not take CUDA. */
  readonly deviceReason?: string
  /** Share of the golden label map's voxels that were reproduced. */
  readonly goldenAgreement: number
}

/** An error that is no FaultError, told without its message, which may quote what it read (telemetry/log.ts). */
export interface Bug {
  readonly type: string
  readonly code?: string
  readonly at?: readonly string[]
}

/** A task, and what it is answered with. */
export type TaskMessage =
  | { readonly kind: 'segment'; readonly taskId: number; readonly task: SegmentTask }
  | { readonly kind: 'compare'; readonly taskId: number; readonly task: CompareTask }

export type ToChild =
  | { readonly kind: 'start'; readonly settings: ChildSettings }
  | TaskMessage
  | { readonly kind: 'cancel'; readonly taskId: number }

export type FromChild =
  | { readonly kind: 'heartbeat' }
  /** `cards` are those of `models`, in the same order. */
  | {
      readonly kind: 'ready'
      readonly models: readonly ReadyModel[]
      readonly cards: readonly Card[]
      readonly leftOut?: readonly LeftOut[]
    }
  /** `fault` where the reason is one. */
  | { readonly kind: 'failed'; readonly reason: string; readonly fault?: Fault }
  | ({ readonly kind: 'residency' } & ResidencyEvent)
  | { readonly kind: 'progress'; readonly taskId: number; readonly progress: Progress }
  | { readonly kind: 'done'; readonly taskId: number; readonly report: Report | ComparisonReport }
  | { readonly kind: 'fault'; readonly taskId: number; readonly fault: Fault }
  | { readonly kind: 'bug'; readonly taskId: number; readonly bug: Bug }
