/** How the numbers of a frame are stored (PS3.3 C.7.6.3), checked before anything is allocated for them. */
import { FaultError } from '../errors.ts'
import { type Attributes, number, numbers, text } from './values.ts'

export interface PixelFormat {
  readonly rows: number
  readonly columns: number
  readonly frames: number
  readonly bitsAllocated: 8 | 16 | 32
  readonly bitsStored: number
  readonly highBit: number
  readonly isSigned: boolean
  /** MONOCHROME1: the smallest value is shown white. */
  readonly isInverted: boolean
  /** Stored values from..to mean that nothing was measured there. */
  readonly padding: readonly [from: number, to: number] | null
}

/** Faults: dicom-header, dicom-colour, dicom-pixels. */
export function pixelFormatOf(attributes: Attributes): PixelFormat {
  const { notes } = attributes
  const rows = sizeOf(attributes, 'Rows')
  const columns = sizeOf(attributes, 'Columns')
  const frames = number(attributes, 'NumberOfFrames') ?? 1
  if (!Number.isSafeInteger(frames) || frames < 1)
    throw new FaultError('dicom-header', `NumberOfFrames is ${frames}; a whole number from 1 is allowed`)
  checkMonochrome(attributes)
  const bitsAllocated = number(attributes, 'BitsAllocated')
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32)
    throw new FaultError('dicom-pixels', `BitsAllocated is ${bitsAllocated ?? 'missing'}; allowed: 8, 16, 32`)
  const bitsStored = repaired(
    number(attributes, 'BitsStored'),
    bitsAllocated,
    'BitsStored',
    (n) => n >= 1 && n <= bitsAllocated,
  )
  const isPlaced = (n: number) => n < bitsAllocated && n >= bitsStored - 1
  const highBit = repaired(number(attributes, 'HighBit'), bitsStored - 1, 'HighBit', isPlaced)
  const sign = repaired(number(attributes, 'PixelRepresentation'), 0, 'PixelRepresentation', (n) => n === 0 || n === 1)
  const isSigned = sign === 1
  return {
    ...{ rows, columns, frames, bitsAllocated, bitsStored, highBit, isSigned },
    isInverted: text(attributes, 'PhotometricInterpretation') === 'MONOCHROME1',
    padding: paddingOf(attributes, isSigned),
  }

  function repaired(
    value: number | undefined,
    other: number,
    keyword: string,
    isUsable: (n: number) => boolean,
  ): number {
    if (value !== undefined && Number.isInteger(value) && isUsable(value)) return value
    notes.add(`${value === undefined ? 'missing' : 'unusable'} ${keyword}`)
    return other
  }
}

function sizeOf(attributes: Attributes, keyword: 'Rows' | 'Columns'): number {
  const size = number(attributes, keyword)
  if (size !== undefined && Number.isInteger(size) && size >= 2 && size <= 65535) return size
  throw new FaultError('dicom-header', `${keyword} is ${size ?? 'missing'}; allowed: 2 to 65535`)
}

function checkMonochrome(attributes: Attributes): void {
  const samples = number(attributes, 'SamplesPerPixel') ?? 1
  const photometric = text(attributes, 'PhotometricInterpretation')
  if (photometric === undefined) attributes.notes.add('missing PhotometricInterpretation')
  const isGrey = photometric === undefined || photometric === 'MONOCHROME1' || photometric === 'MONOCHROME2'
  if (samples === 1 && isGrey) return
  throw new FaultError(
    'dicom-colour',
    `the images have ${samples} samples a pixel${isGrey ? '' : ' or a palette of colours'}; allowed: 1 sample, MONOCHROME1 or MONOCHROME2 (colour maps and screenshots hold no signal)`,
  )
}

/** Written as US or SS, whichever the file says: taken by the sign of the pixels. */
function paddingOf(attributes: Attributes, isSigned: boolean): PixelFormat['padding'] {
  const [value] = numbers(attributes, 'PixelPaddingValue')
  if (value === undefined || !Number.isFinite(value)) return null
  const [limit = value] = numbers(attributes, 'PixelPaddingRangeLimit')
  const [a, b] = [value, limit].map((n) =>
    isSigned && n > 32767 ? n - 65536 : !isSigned && n < 0 ? n + 65536 : n,
  ) as [number, number]
  return [Math.min(a, b), Math.max(a, b)]
}
