/**
 * A NRRD file with its voxels in it (.nrrd) → a scan: `key: value` lines up to an empty one, then the voxels, x fastest,
 * raw or as gzip. World = space origin + Σ_a index_a · direction_a, in the space that the header names.
 * http://teem.sourceforge.net/nrrd/format.html
 */
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { FaultError } from '../../src/errors.ts'
import { datatypeOf } from '../../src/nifti/datatypes.ts'
import type { NiftiLimits } from '../../src/nifti/limits.ts'
import type { Affine, Shape, Volume } from '../../src/volume/volume.ts'
import { voxelCount } from '../../src/volume/volume.ts'
import { scanFromBytes } from './stored-voxels.ts'

const MAX_HEADER_BYTES = 1 << 16

/** The format's first name of each type → NIfTI's code of the same numbers. */
const TYPES: ReadonlyMap<string, number> = new Map([
  ['uchar', 2],
  ['signed char', 256],
  ['ushort', 512],
  ['short', 4],
  ['uint', 768],
  ['int', 8],
  ['float', 16],
  ['double', 64],
])
/** Signs of R, A and S in the space of the file. */
const SPACES: ReadonlyMap<string, readonly [number, number, number]> = new Map([
  ['left-posterior-superior', [-1, -1, 1]],
  ['right-anterior-superior', [1, 1, 1]],
])

type Fields = ReadonlyMap<string, string>

function splitFile(file: Buffer): { readonly fields: Fields; readonly voxOffset: number } {
  const end = file.subarray(0, MAX_HEADER_BYTES).indexOf('\n\n')
  if (!file.toString('latin1', 0, 8).startsWith('NRRD000') || end < 0)
    throw new FaultError('unsupported-media-type', 'no NRRD header that ends with an empty line; there must be one')
  const lines = file.toString('latin1', 0, end).split('\n').slice(1)
  const pairs = lines.filter((line) => !line.startsWith('#')).map((line) => line.split(/: ?/, 2) as [string, string])
  return { fields: new Map(pairs), voxOffset: end + 2 }
}

/** The numbers of a field, brackets and commas left out. */
function numbers(fields: Fields, key: string, count: number): number[] {
  const found = (fields.get(key) ?? '').split(/[\s(),]+/).filter((word) => word !== '')
  const values = found.map(Number)
  if (values.length !== count || !values.every(Number.isFinite))
    throw new FaultError('nifti-header', `${key} has ${values.filter(Number.isFinite).length} numbers of ${count}`)
  return values
}

/** What a field is; throws where it is none of those allowed. */
function oneOf<T>(fields: Fields, key: string, allowed: ReadonlyMap<string, T>): T {
  const value = allowed.get(fields.get(key) ?? '')
  if (value === undefined)
    throw new FaultError('nifti-header', `the NRRD's ${key} is none of ${[...allowed.keys()].join(', ')}`)
  return value
}

function affineOf(fields: Fields): Affine {
  const signs = oneOf(fields, 'space', SPACES)
  const directions = numbers(fields, 'space directions', 9)
  const origin = numbers(fields, 'space origin', 3)
  const row = (axis: 0 | 1 | 2) => [
    ...[0, 1, 2].map((n) => signs[axis] * directions[3 * n + axis]!),
    signs[axis] * origin[axis]!,
  ]
  return [...row(0), ...row(1), ...row(2), 0, 0, 0, 1]
}

/**
 * Faults: upload-too-large, too-many-voxels, unsupported-media-type, gzip-corrupt, nifti-…; a header that does not name
 * its space, directions and origin is refused, not guessed at.
 */
export async function readNrrd(path: string, limits: NiftiLimits): Promise<Volume<'scan'>> {
  const { size: fileBytes } = await stat(path)
  if (fileBytes > limits.maxFileBytes)
    throw new FaultError('upload-too-large', `${fileBytes} bytes; at most ${limits.maxFileBytes} are allowed`)
  const file = await readFile(path)
  const { fields, voxOffset } = splitFile(file)
  const shape = numbers(fields, 'sizes', 3) as unknown as Shape
  if (!shape.every((n) => Number.isInteger(n) && n > 0) || voxelCount(shape) > limits.maxVoxels)
    throw new FaultError(
      'too-many-voxels',
      `sizes are ${shape.join(' ')}; at most ${limits.maxVoxels} voxels are allowed`,
    )
  const type = datatypeOf(oneOf(fields, 'type', TYPES))
  const isGzip = oneOf(
    fields,
    'encoding',
    new Map([
      ['gzip', true],
      ['raw', false],
    ]),
  )
  const littleEndian =
    type.bytes === 1 ||
    oneOf(
      fields,
      'endian',
      new Map([
        ['little', true],
        ['big', false],
      ]),
    )
  const stored = file.subarray(voxOffset)
  const bytes = isGzip
    ? await promisify(gunzip)(stored, { maxOutputLength: voxelCount(shape) * type.bytes }).catch((cause: unknown) => {
        throw new FaultError('gzip-corrupt', 'the voxels of the NRRD do not unpack to what its sizes say', { cause })
      })
    : stored
  return scanFromBytes(bytes, { shape, affine: affineOf(fields), type, littleEndian })
}
