/**
 * A MetaImage file with its voxels in it (.mha) → a scan. Text header of `Key = Value` lines up to
 * `ElementDataFile = LOCAL`, then the voxels, x fastest, raw or as one zlib stream.
 *
 * MetaImage's world is LPS. Its TransformMatrix lists the direction of the first axis, then of the second, then of the
 * third, so world = Offset + Σ_a index_a · spacing_a · direction_a (ITK, itkMetaImageIO.cxx).
 * https://itk.org/Wiki/ITK/MetaIO/Documentation
 */
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { FaultError } from '../../src/errors.ts'
import { type Datatype, datatypeOf } from '../../src/nifti/datatypes.ts'
import type { NiftiLimits } from '../../src/nifti/limits.ts'
import { determinant } from '../../src/volume/affine.ts'
import type { Affine, Shape, Volume } from '../../src/volume/volume.ts'
import { voxelCount } from '../../src/volume/volume.ts'
import { scanFromBytes } from './stored-voxels.ts'

const MAX_HEADER_BYTES = 1 << 16

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

type Fields = ReadonlyMap<string, string>

interface Header {
  readonly shape: Shape
  readonly affine: Affine
  readonly type: Datatype
  readonly littleEndian: boolean
  readonly isCompressed: boolean
}

/** The lines of the header, and where the voxels begin. */
function splitFile(file: Buffer): { readonly fields: Fields; readonly voxOffset: number } {
  const fields = new Map<string, string>()
  for (let start = 0; start < MAX_HEADER_BYTES; ) {
    const end = file.indexOf(10, start)
    const equals = file.indexOf(61, start)
    if (end < 0 || end > MAX_HEADER_BYTES || equals < 0 || equals > end) break
    const key = file.toString('latin1', start, equals).trim()
    fields.set(key, file.toString('latin1', equals + 1, end).trim())
    start = end + 1
    if (key === 'ElementDataFile') return { fields, voxOffset: start }
  }
  throw new FaultError(
    'unsupported-media-type',
    `no ElementDataFile after ${fields.size} lines of a MetaImage header; there must be one`,
  )
}

/** `count` numbers under the first of the keys that is there: later keys are older names of the same field. */
function numbers(fields: Fields, count: number, ...keys: readonly [string, ...string[]]): number[] {
  const key = keys.find((name) => fields.has(name))
  if (key === undefined)
    throw new FaultError('nifti-no-affine', `the MetaImage header has no ${keys[0]}; none is assumed`)
  const found = fields
    .get(key)!
    .split(/\s+/)
    .map((word) => (word === '' ? Number.NaN : Number(word)))
  if (found.length !== count || !found.every(Number.isFinite))
    throw new FaultError('nifti-header', `${key} has ${found.filter(Number.isFinite).length} numbers of ${count}`)
  return found
}

/** A field that is True or False, False where it is absent. */
function flag(fields: Fields, key: string): boolean {
  const word = (fields.get(key) ?? 'False').toLowerCase()
  if (word !== 'true' && word !== 'false') throw new FaultError('nifti-header', `${key} is neither True nor False`)
  return word === 'true'
}

/** Fields that may be absent, and the one value with which they may be present. */
const ONLY: readonly (readonly [key: string, value: string])[] = [
  ['ObjectType', 'Image'],
  ['NDims', '3'],
  ['BinaryData', 'True'],
  ['ElementNumberOfChannels', '1'],
  ['HeaderSize', '0'],
  ['ElementDataFile', 'LOCAL'],
]

function affineOf(fields: Fields): Affine {
  const spacing = numbers(fields, 3, 'ElementSpacing', 'ElementSize')
  const offset = numbers(fields, 3, 'Offset', 'Position', 'Origin')
  const direction = numbers(fields, 9, 'TransformMatrix', 'Rotation', 'Orientation')
  if (!spacing.every((mm) => mm > 0))
    throw new FaultError('nifti-spacing', `ElementSpacing is ${spacing.join(' ')} mm; all must be above 0`)
  const row = (axis: number): number[] => {
    const sign = axis < 2 ? -1 : 1 // LPS → RAS
    return [...spacing.map((mm, n) => sign * mm * direction[3 * n + axis]!), sign * offset[axis]!]
  }
  const affine = [...row(0), ...row(1), ...row(2), 0, 0, 0, 1]
  const volume = Math.abs(determinant(affine)) / (spacing[0]! * spacing[1]! * spacing[2]!)
  if (Math.abs(volume - 1) > 0.01)
    throw new FaultError('nifti-sheared', `TransformMatrix has determinant ±${volume.toFixed(3)}; it must be ±1`)
  return affine
}

function headerOf(fields: Fields, limits: NiftiLimits): Header {
  for (const [key, value] of ONLY) {
    const found = fields.get(key)
    if (found !== undefined && found.toLowerCase() !== value.toLowerCase())
      throw new FaultError('unsupported-media-type', `the MetaImage's ${key} is another than ${value}`)
  }
  const shape = numbers(fields, 3, 'DimSize') as [number, number, number]
  const isSize = shape.every((n) => Number.isInteger(n) && n > 0)
  if (!isSize) throw new FaultError('nifti-dimensions', `DimSize is ${shape.join(' ')}; all must be above 0`)
  if (voxelCount(shape) > limits.maxVoxels)
    throw new FaultError(
      'too-many-voxels',
      `${shape.join(' × ')} are ${voxelCount(shape)} voxels; at most ${limits.maxVoxels} are allowed`,
    )
  const code = ELEMENT_TYPES.get(fields.get('ElementType') ?? '')
  if (code === undefined) {
    const found = /^MET_[A-Z_]{1,24}$/.exec(fields.get('ElementType') ?? '')?.[0] ?? 'none that is known'
    throw new FaultError('nifti-datatype', `ElementType is ${found}; allowed: ${[...ELEMENT_TYPES.keys()].join(', ')}`)
  }
  const isBigEndian = flag(fields, 'BinaryDataByteOrderMSB') || flag(fields, 'ElementByteOrderMSB')
  return {
    shape,
    affine: affineOf(fields),
    type: datatypeOf(code),
    littleEndian: !isBigEndian,
    isCompressed: flag(fields, 'CompressedData'),
  }
}

const inflateAsync = promisify(inflate)

async function inflated(bytes: Buffer, maxOutputLength: number): Promise<Buffer> {
  try {
    return await inflateAsync(bytes, { maxOutputLength })
  } catch (cause) {
    throw new FaultError('gzip-corrupt', `the zlib stream does not give the ${maxOutputLength} bytes that it should`, {
      cause,
    })
  }
}

/**
 * Faults: upload-too-large, too-many-voxels, unsupported-media-type, gzip-corrupt, nifti-… A file that cannot be opened
 * is the caller's bug. Unlike readNifti() it takes a volume of one value: a label map may be empty.
 */
export async function readMha(path: string, limits: NiftiLimits): Promise<Volume<'scan'>> {
  const { size: fileBytes } = await stat(path)
  if (fileBytes > limits.maxFileBytes)
    throw new FaultError('upload-too-large', `${fileBytes} bytes; at most ${limits.maxFileBytes} are allowed`)
  const file = await readFile(path)
  const { fields, voxOffset } = splitFile(file)
  const { shape, affine, type, littleEndian, isCompressed } = headerOf(fields, limits)
  const stored = file.subarray(voxOffset)
  const bytes = isCompressed ? await inflated(stored, voxelCount(shape) * type.bytes) : stored
  return scanFromBytes(bytes, { shape, affine, type, littleEndian })
}
