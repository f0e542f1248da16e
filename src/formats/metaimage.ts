/**
 * A MetaImage file with its voxels in it (.mha): a text header of `Key = Value` lines up to `ElementDataFile = LOCAL`, then
 * the voxels, x fastest, raw or as one zlib stream.
 *
 * MetaImage's world is LPS. Its TransformMatrix lists the direction of the first axis, then of the second, then of the
 * third, so world = Offset + Σ_a index_a · spacing_a · direction_a (ITK, itkMetaImageIO.cxx).
 * https://itk.org/Wiki/ITK/MetaIO/Documentation
 */
import { FaultError, type FaultKind } from '../errors.ts'
import type { Planner } from '../nifti/plan.ts'
import { determinant } from '../volume/affine.ts'
import type { Affine } from '../volume/volume.ts'
import { planPlaced } from './plan-placed.ts'
import { detached, type Fields, MAX_TEXT_BYTES, numbers, RESAVE, typeOf } from './text-header.ts'

/** Element type → NIfTI's code of the same numbers. MET_LONG has 4 or 8 bytes, by the machine that wrote it. */
const ELEMENT_TYPES: ReadonlyMap<string, number> = new Map([
  ['MET_UCHAR', 2],
  ['MET_CHAR', 256],
  ['MET_USHORT', 512],
  ['MET_SHORT', 4],
  ['MET_UINT', 768],
  ['MET_INT', 8],
  ['MET_ULONG_LONG', 1280],
  ['MET_LONG_LONG', 1024],
  ['MET_FLOAT', 16],
  ['MET_DOUBLE', 64],
])

/** The lines of the header, and where the voxels begin; null where it goes on. */
function splitHeader(head: Buffer, isWhole: boolean): { readonly fields: Fields; readonly voxOffset: number } | null {
  const fields = new Map<string, string>()
  for (let start = 0; start < head.length; ) {
    const found = head.indexOf(10, start)
    if (found < 0 && !isWhole) break
    const end = found < 0 ? head.length : found
    const equals = head.indexOf(61, start)
    if (end > MAX_TEXT_BYTES || equals < 0 || equals > end) break
    const key = head.toString('latin1', start, equals).trim()
    fields.set(key, head.toString('latin1', equals + 1, end).trim())
    start = end + 1
    if (key === 'ElementDataFile') return { fields, voxOffset: start }
  }
  if (!isWhole && head.length < MAX_TEXT_BYTES) return null
  const found = `no ElementDataFile after ${fields.size} lines of a MetaImage header; there must be one`
  throw new FaultError('nifti-header', `${found}: ${RESAVE}`)
}

/** A field that is True or False, False where it is absent. */
function flag(fields: Fields, key: string): boolean {
  const word = (fields.get(key) ?? 'False').toLowerCase()
  if (word !== 'true' && word !== 'false') throw new FaultError('nifti-header', `${key} is neither True nor False`)
  return word === 'true'
}

/** Fields that may be absent, the one value with which they may be present, and what another is. */
const ONLY: readonly (readonly [key: string, value: string, kind: FaultKind])[] = [
  ['ObjectType', 'Image', 'nifti-header'],
  ['NDims', '3', 'nifti-4d'],
  ['BinaryData', 'True', 'nifti-header'],
  ['ElementNumberOfChannels', '1', 'nifti-datatype'],
  ['HeaderSize', '0', 'nifti-header'],
]

/** Older names of the same field. */
const NAMES = {
  spacing: ['ElementSpacing', 'ElementSize'],
  offset: ['Offset', 'Position', 'Origin'],
  direction: ['TransformMatrix', 'Rotation', 'Orientation'],
} as const

function affineOf(fields: Fields): Affine {
  const named = (names: readonly [string, ...string[]], count: number) =>
    numbers(fields, names.find((name) => fields.has(name)) ?? names[0], count)
  const spacing = named(NAMES.spacing, 3)
  const offset = named(NAMES.offset, 3)
  const direction = named(NAMES.direction, 9)
  if (!spacing.every((mm) => mm > 0))
    throw new FaultError('nifti-spacing', `ElementSpacing is ${spacing.join(' ')} mm; all must be above 0: ${RESAVE}`)
  const row = (axis: number): number[] => {
    const sign = axis < 2 ? -1 : 1 // LPS → RAS
    return [...spacing.map((mm, n) => sign * mm * direction[3 * n + axis]!), sign * offset[axis]!]
  }
  const affine = [...row(0), ...row(1), ...row(2), 0, 0, 0, 1]
  const volume = Math.abs(determinant(affine)) / (spacing[0]! * spacing[1]! * spacing[2]!)
  if (Math.abs(volume - 1) > 0.01)
    throw new FaultError(
      'nifti-sheared',
      `TransformMatrix has determinant ±${volume.toFixed(3)}; it must be ±1: resample the volume to perpendicular axes`,
    )
  return affine
}

/** Faults: detached-header, nifti-…, and those of planPlaced(). */
export const planMetaImage: Planner = (head, isWhole, fileBytes, limits) => {
  const split = splitHeader(head, isWhole)
  if (split === null) return null
  const { fields, voxOffset } = split
  if (fields.get('ElementDataFile')!.toUpperCase() !== 'LOCAL') throw detached('.mhd')
  for (const [key, value, kind] of ONLY) {
    const found = fields.get(key)
    if (found !== undefined && found.toLowerCase() !== value.toLowerCase())
      throw new FaultError(
        kind,
        `the MetaImage's ${key} is another than ${value}: ${RESAVE}, one volume of one channel`,
      )
  }
  const isBigEndian = flag(fields, 'BinaryDataByteOrderMSB') || flag(fields, 'ElementByteOrderMSB')
  const type = typeOf(fields, 'ElementType', ELEMENT_TYPES)
  const shape = numbers(fields, 'DimSize', 3) as [number, number, number]
  return planPlaced(
    {
      ...{ source: 'metaimage', shape, affine: affineOf(fields), type, littleEndian: !isBigEndian, voxOffset },
      ...(flag(fields, 'CompressedData') && { packing: 'zlib' as const }),
    },
    fileBytes,
    limits,
  )
}
