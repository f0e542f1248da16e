/** Whether the DICOM series of a job lie in one space by their own word. */
import type { Warning } from '../warnings.ts'
import type { InputScan } from './read-input.ts'

/** One warning where two series do not state one frame of reference; none of scans that are no DICOM, which state no such thing. */
export function framesWarning(inputs: ReadonlyMap<string, InputScan>): readonly Warning[] {
  const stated = [...inputs].flatMap(([name, { dicom }]) =>
    dicom ? [{ name, frame: dicom.belonging.frameOfReferenceUid }] : [],
  )
  const isOne = stated.every(({ frame }) => frame !== undefined && frame === stated[0]!.frame)
  if (stated.length < 2 || isOne) return []
  const names = stated.map(({ name }) => name).join(' and ')
  const message = `${names} state different frames of reference, or none: how they lie to each other does not follow from their headers`
  return [{ code: 'frames-differ', message }]
}
