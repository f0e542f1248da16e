/**
 * A Siemens mosaic: the slices of a volume side by side in one image, row by row, as a square of tiles. The image's stated
 * position is that of an image of the whole square's size at the first slice, so the first slice lies half the difference inwards
 * (nipy.org/nibabel/dicom/dicom_mosaic.html). On which side the next slice lies only the CSA header says: it is never guessed.
 */
import { FaultError } from '../errors.ts'
import { csaNumbers } from './csa-header.ts'
import type { PixelFormat } from './pixel-format.ts'
import { classicKeys, orientationOf, type Plane, pixelSpacingOf, positionOf, rescaleOf } from './plane.ts'
import { type Attributes, number, texts } from './values.ts'

const CSA_IMAGE_HEADER = 'x00291010'
/** Private, "SIEMENS MR HEADER": the number of images in the mosaic. */
const IMAGES_IN_MOSAIC = 'x0019100a'

export function isMosaic(attributes: Attributes): boolean {
  return texts(attributes, 'ImageType').includes('MOSAIC')
}

/** Faults: dicom-header. */
export function mosaicPlanes(
  attributes: Attributes,
  format: PixelFormat,
  instance: number,
  sopInstanceUid: string,
): readonly Plane[] {
  const csa = csaOf(attributes)
  const count = csaNumbers(csa, 'NumberOfImagesInMosaic')?.[0] ?? attributes.dataSet.uint16(IMAGES_IN_MOSAIC)
  const normal = csaNumbers(csa, 'SliceNormalVector')
  if (count === undefined || !Number.isInteger(count) || count < 2 || count > 4096)
    throw new FaultError(
      'dicom-header',
      `the mosaic says that it has ${count ?? 'no number of'} images; allowed: 2 to 4096`,
    )
  if (normal?.length !== 3 || !normal.every(Number.isFinite) || Math.abs(Math.hypot(...normal) - 1) > 0.01)
    throw new FaultError(
      'dicom-header',
      'the mosaic has no usable SliceNormalVector in its CSA header: which end of the head comes first is not guessed (send it with its private elements)',
    )
  const across = Math.ceil(Math.sqrt(count))
  const [rows, columns] = [format.rows / across, format.columns / across]
  if (!Number.isInteger(rows) || !Number.isInteger(columns))
    throw new FaultError(
      'dicom-header',
      `a mosaic of ${format.columns} × ${format.rows} cannot hold ${count} images in ${across} × ${across} equal tiles`,
    )
  const step = number(attributes, 'SpacingBetweenSlices') ?? number(attributes, 'SliceThickness')
  if (step === undefined || step <= 0)
    throw new FaultError('dicom-header', `SpacingBetweenSlices is ${step ?? 'missing'}; a mosaic needs it, above 0 mm`)
  const orientation = orientationOf(attributes)
  const spacing = pixelSpacingOf(attributes)
  const corner = positionOf(attributes)
  const inX = (spacing[1] * (format.columns - columns)) / 2
  const inY = (spacing[0] * (format.rows - rows)) / 2
  const place = (index: number, axis: 0 | 1 | 2): number =>
    corner[axis] + inX * orientation[axis]! + inY * orientation[axis + 3]! + index * step * normal[axis]!
  const sliceThicknessMm = number(attributes, 'SliceThickness')
  const shared = {
    ...{ instance, sopInstanceUid, frame: 0, isFrame: false, rows, columns, orientation, pixelSpacingMm: spacing },
    ...(sliceThicknessMm !== undefined && { sliceThicknessMm }),
    ...{ rescale: rescaleOf(attributes), keys: classicKeys(attributes) },
  }
  return Array.from({ length: count }, (_, index) => ({
    ...shared,
    tile: { index, across },
    positionLpsMm: [place(index, 0), place(index, 1), place(index, 2)] as const,
  }))
}

function csaOf({ dataSet }: Attributes): Buffer {
  const element = dataSet.elements[CSA_IMAGE_HEADER]
  if (element === undefined) return Buffer.alloc(0)
  const { byteArray } = dataSet
  return Buffer.from(byteArray.subarray(element.dataOffset, element.dataOffset + element.length))
}
