/** How far a segmentation is. */

export const STAGES = ['decode', 'preprocess', 'infer', 'postprocess', 'encode'] as const
export type Stage = (typeof STAGES)[number]

export interface Progress {
  readonly stage: Stage
  /** Patches in 'infer'; elsewhere 0 of 1 at the stage's start. */
  readonly done: number
  readonly total: number
  /** The time of the patch just done. */
  readonly patchSeconds?: number
  /** From the start of 'infer' to the end of patch `done`. */
  readonly inferSeconds?: number
}

export type OnProgress = (progress: Progress) => void
