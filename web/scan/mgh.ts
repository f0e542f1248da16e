/** The header of FreeSurfer's MGH: big-endian, https://surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat */
import type { Affine, Vector } from './affine.ts'
import { type Head, type Kind, Unreadable } from './head.ts'

const KINDS: Readonly<Record<number, Kind>> = { 0: 'uint8', 1: 'int32', 3: 'float32', 4: 'int16' }
const DATA_AT = 284

/** Version 1, and sizes that a scan can have. */
export function isMgh(bytes: DataView): boolean {
  if (bytes.byteLength < DATA_AT || bytes.getInt32(0) !== 1) return false
  return [4, 8, 12].every((at) => bytes.getInt32(at) > 0 && bytes.getInt32(at) < 2 ** 15)
}

/** @throws Unreadable where voxels have no size */
export function readMgh(bytes: DataView): Head {
  const shape = [4, 8, 12].map((at) => bytes.getInt32(at)) as unknown as Vector
  const isSaid = bytes.getInt16(28) > 0
  const spacing = isSaid ? [30, 34, 38].map((at) => bytes.getFloat32(at)) : [1, 1, 1]
  if (spacing.some((mm) => !(mm > 0)))
    throw new Unreadable(`Its header says that voxels measure ${spacing.join(' × ')} mm.`)
  // Columns are the directions of i, j and k; without them the format's own default, coronal.
  const directions = isSaid
    ? Array.from({ length: 9 }, (_, n) => bytes.getFloat32(42 + 4 * n))
    : [-1, 0, 0, 0, 0, -1, 0, 1, 0]
  const centre = isSaid ? [78, 82, 86].map((at) => bytes.getFloat32(at)) : [0, 0, 0]
  const rows = [0, 1, 2].map((world) => {
    const row = [0, 1, 2].map((axis) => directions[3 * axis + world]! * spacing[axis]!)
    const origin = centre[world]! - row.reduce((sum, mm, axis) => sum + (mm * shape[axis]!) / 2, 0)
    return [...row, origin]
  })
  const code = bytes.getInt32(20)
  return {
    format: 'MGH',
    shape,
    frames: Math.max(1, bytes.getInt32(16)),
    spacingMm: spacing as unknown as Vector,
    affine: [...rows.flat(), 0, 0, 0, 1] as Affine,
    affineSource: isSaid ? 'mgh' : 'none',
    kind: KINDS[code] ?? null,
    kindName: KINDS[code] ?? `type ${code}`,
    littleEndian: false,
    offset: DATA_AT,
  }
}
