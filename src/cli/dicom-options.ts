/** What the commands that read a study share. */
import { readFile } from 'node:fs/promises'
import { DEFAULT_RULES, parseSeriesRules, type SeriesRules } from '../dicom/series-rules.ts'
import type { DicomLimits } from '../dicom/sources.ts'
import { usageError } from './command.ts'

/** A whole study of the largest kind; it is the user's own disk. */
export function studyLimits({ maxVoxels }: Pick<DicomLimits, 'maxVoxels'>): DicomLimits {
  return { maxFiles: 50_000, maxDepth: 16, maxFileBytes: 2 ** 31, maxTotalBytes: 2 ** 36, maxVoxels }
}

/** @param path of `--rules`; those that come with the program where there is none */
export async function readRules(path: string | undefined): Promise<SeriesRules> {
  if (path === undefined) return DEFAULT_RULES
  try {
    return parseSeriesRules(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw Object.assign(usageError(`--rules ${path}: ${why}`), { cause })
  }
}
