/**
 * A NRRD file with its voxels in it (.nrrd): `key: value` lines up to an empty one, then the voxels, x fastest, raw or as
 * gzip. World = space origin + Σ_a index_a · direction_a, in the space that the header names.
 * http://teem.sourceforge.net/nrrd/format.html
 */
import { FaultError } from '../errors.ts'
import type { Planner } from '../nifti/plan.ts'
import type { Affine } from '../volume/volume.ts'
import { planPlaced } from './plan-placed.ts'
import { detached, type Fields, MAX_TEXT_BYTES, numbers, RESAVE, typeOf } from './text-header.ts'

/** NIfTI's code → the names that the format has for the same numbers. */
const NAMES: Readonly<Record<number, readonly string[]>> = {
  2: ['uchar', 'unsigned char', 'uint8', 'uint8_t'],
  256: ['signed char', 'int8', 'int8_t'],
  512: ['ushort', 'unsigned short', 'unsigned short int', 'uint16', 'uint16_t'],
  4: ['short', 'short int', 'signed short', 'signed short int', 'int16', 'int16_t'],
  768: ['uint', 'unsigned int', 'uint32', 'uint32_t'],
  8: ['int', 'signed int', 'int32', 'int32_t'],
  16: ['float'],
  64: ['double'],
}
const TYPES: ReadonlyMap<string, number> = new Map(
  Object.entries(NAMES).flatMap(([code, names]) => names.map((name) => [name, Number(code)] as const)),
)

/** Signs of R, A and S in the space of the file. */
const SPACES: ReadonlyMap<string, readonly [number, number, number]> = new Map([
  ['left-posterior-superior', [-1, -1, 1]],
  ['lps', [-1, -1, 1]],
  ['right-anterior-superior', [1, 1, 1]],
  ['ras', [1, 1, 1]],
  ['left-anterior-superior', [-1, 1, 1]],
  ['las', [-1, 1, 1]],
])
const ENCODINGS: ReadonlyMap<string, 'gzip' | 'raw'> = new Map([
  ['gzip', 'gzip'],
  ['gz', 'gzip'],
  ['raw', 'raw'],
])
const ENDIANS: ReadonlyMap<string, boolean> = new Map([
  ['little', true],
  ['big', false],
])

export function isNrrd(head: Buffer): boolean {
  return /^NRRD000[1-5]\r?\n/.test(head.toString('latin1', 0, 10))
}

function splitHeader(head: Buffer, isWhole: boolean): { readonly fields: Fields; readonly voxOffset: number } | null {
  const text = head.toString('latin1', 0, MAX_TEXT_BYTES)
  const blank = /\r?\n\r?\n/.exec(text)
  if (blank === null && !isWhole && head.length < MAX_TEXT_BYTES) return null
  const lines = text.slice(0, blank?.index).split(/\r?\n/).slice(1)
  const pairs = lines.flatMap((line) => {
    const found = /^([^#:]+):(?!=)\s*(.*?)\s*$/.exec(line) // `key:=value` is a note, not a field
    return found === null ? [] : [[found[1]!.toLowerCase(), found[2]!] as const]
  })
  const fields = new Map(pairs)
  if (fields.has('data file') || fields.has('datafile')) throw detached('.nhdr')
  if (blank === null)
    throw new FaultError('nifti-header', `the NRRD header does not end with an empty line; it must: ${RESAVE}`)
  return { fields, voxOffset: blank.index + blank[0].length }
}

/** What a field is; throws where it is none of those allowed. */
function oneOf<T>(fields: Fields, key: string, allowed: ReadonlyMap<string, T>): T {
  const value = allowed.get((fields.get(key) ?? '').toLowerCase())
  if (value !== undefined) return value
  throw new FaultError('nifti-header', `the NRRD's ${key} is none of ${[...allowed.keys()].join(', ')}: ${RESAVE}`)
}

/** Fields that may be absent, and the value with which they may be present. */
const ONLY: readonly (readonly [key: string, allowed: RegExp, says: string])[] = [
  ['line skip', /^0$/, '0'],
  ['lineskip', /^0$/, '0'],
  ['byte skip', /^0$/, '0'],
  ['byteskip', /^0$/, '0'],
  ['space units', /^("?(mm|millimet(er|re)s?)?"?\s*){1,3}$/, '"mm"'],
]

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
 * Faults: detached-header, nifti-…, and those of planPlaced(); a header that does not name its space, directions and origin is
 * refused, not guessed at.
 */
export const planNrrd: Planner = (head, isWhole, fileBytes, limits) => {
  const split = splitHeader(head, isWhole)
  if (split === null) return null
  const { fields, voxOffset } = split
  const dimension = Number(fields.get('dimension'))
  if (dimension !== 3)
    throw new FaultError(
      'nifti-4d',
      `the NRRD has ${dimension} dimensions; allowed: one volume of three, of one number a voxel: ${RESAVE}`,
    )
  for (const [key, allowed, says] of ONLY) {
    if (allowed.test(fields.get(key) ?? says.replaceAll('"', ''))) continue
    throw new FaultError('nifti-header', `the NRRD's ${key} is another than ${says}: ${RESAVE}`)
  }
  const type = typeOf(fields, 'type', TYPES)
  const shape = numbers(fields, 'sizes', 3) as [number, number, number]
  const littleEndian = type.bytes === 1 || oneOf(fields, 'endian', ENDIANS)
  const isPacked = oneOf(fields, 'encoding', ENCODINGS) === 'gzip'
  return planPlaced(
    {
      ...{ source: 'nrrd', shape, affine: affineOf(fields), type, littleEndian, voxOffset },
      ...(isPacked && { packing: 'gzip' as const }),
    },
    fileBytes,
    limits,
  )
}
