/** The files that a comparison leaves in its folder. */
import type { DateName } from './dates.ts'

/** Values of FATE_LABELS, half-way. */
export const FATES_FILE = 'fates-midway.nii.gz'

/** All of them are always made. Label maps where the name says nothing else. */
export const COMPARISON_FILES = [
  'before-midway.nii.gz',
  'after-midway.nii.gz',
  FATES_FILE,
  'before.nii.gz',
  'after.nii.gz',
  'changes.csv',
  'picture.png',
  'report.pdf',
  'report.json',
] as const

type MidwayScanFile = `${DateName}-midway-${string}.nii.gz`
export type ComparisonFile = (typeof COMPARISON_FILES)[number] | MidwayScanFile

/** The name of a scan as it lies half-way, beside the files above. */
export function midwayScanFile(date: DateName, channel: string): MidwayScanFile {
  return `${date}-midway-${channel}.nii.gz`
}
