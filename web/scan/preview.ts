/**
 * Three slices through the middle of a scan, drawn before anything is sent: axial, coronal, sagittal, the patient's right on
 * the left of the picture (radiological), the nose to the left in the sagittal one. Slices are those of the file, nearest to
 * the planes of the head.
 */
import { worldAxes } from './affine.ts'
import { BYTES, type Head, type Kind, voxelsOf } from './head.ts'
import { firstBytes } from './inflate.ts'

/** Above this a preview would take more memory than a preview is worth. */
const MOST_BYTES = 2 ** 29

type Read = (view: DataView, at: number, little: boolean) => number
const READS: Readonly<Record<Kind, Read>> = {
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  int16: (view, at, little) => view.getInt16(at, little),
  uint16: (view, at, little) => view.getUint16(at, little),
  int32: (view, at, little) => view.getInt32(at, little),
  uint32: (view, at, little) => view.getUint32(at, little),
  float32: (view, at, little) => view.getFloat32(at, little),
  float64: (view, at, little) => view.getFloat64(at, little),
}

/** The value of a voxel by its indices; NaN behind the end of a file that is cut. */
type VoxelAt = (ijk: readonly number[]) => number

async function openVoxels(file: Blob, head: Head): Promise<VoxelAt | null> {
  const { kind, offset, littleEndian, shape } = head
  if (kind === null) return null
  const end = offset + voxelsOf(head) * BYTES[kind]
  if (end > MOST_BYTES) return null
  const bytes = await firstBytes(file, end)
  const view = new DataView(bytes.buffer)
  const read = READS[kind]
  return ([i, j, k]) => {
    const at = offset + BYTES[kind] * (i! + shape[0] * (j! + shape[1] * k!))
    return at + BYTES[kind] > view.byteLength ? Number.NaN : read(view, at, littleEndian)
  }
}

/** A slice as grey values, rows from above, with the size of a pixel in mm. */
export interface Slice {
  readonly width: number
  readonly height: number
  readonly pixelMm: readonly [number, number]
  readonly values: Float32Array
}

/** Across and down in each picture: directions of the world, and whether the picture runs against them. */
const PLANES = [
  { across: 0, acrossSign: -1, down: 1, downSign: -1 },
  { across: 0, acrossSign: -1, down: 2, downSign: -1 },
  { across: 1, acrossSign: -1, down: 2, downSign: -1 },
] as const

/** Axial, coronal and sagittal; null where the header does not say how voxels lie. */
export function middleSlices(head: Head, voxelAt: VoxelAt): readonly Slice[] | null {
  const axes = worldAxes(head.affine)
  if (axes === null) return null
  const axisOf = (world: number) => axes.findIndex((axis) => axis.world === world)
  return PLANES.map(({ across, acrossSign, down, downSign }) => {
    const [acrossAxis, downAxis] = [axisOf(across), axisOf(down)]
    const [width, height] = [head.shape[acrossAxis]!, head.shape[downAxis]!]
    const ijk = head.shape.map((n) => Math.floor(n / 2))
    const [isAcrossTurned, isDownTurned] = [axes[acrossAxis]!.sign !== acrossSign, axes[downAxis]!.sign !== downSign]
    const values = new Float32Array(width * height)
    for (let y = 0; y < height; y++) {
      ijk[downAxis] = isDownTurned ? height - 1 - y : y
      for (let x = 0; x < width; x++) {
        ijk[acrossAxis] = isAcrossTurned ? width - 1 - x : x
        values[y * width + x] = voxelAt(ijk)
      }
    }
    return { width, height, pixelMm: [head.spacingMm[acrossAxis]!, head.spacingMm[downAxis]!], values }
  })
}

/** Grey levels between the 1st and the 99th hundredth of what is there. */
export function windowOf(slices: readonly Slice[]): readonly [number, number] {
  const values = slices.flatMap(({ values }) => Array.from(values).filter(Number.isFinite)).sort((a, b) => a - b)
  const at = (share: number) => values[Math.floor(share * (values.length - 1))] ?? 0
  const [low, high] = [at(0.01), at(0.99)]
  return high > low ? [low, high] : [low, low + 1]
}

/** Draws them beside each other, as high as the canvas. @returns whether there was something to draw */
export async function drawPreview(canvas: HTMLCanvasElement, file: Blob, head: Head): Promise<boolean> {
  const voxelAt = await openVoxels(file, head)
  const slices = voxelAt && middleSlices(head, voxelAt)
  const context = canvas.getContext('2d')
  if (!slices || context === null) return false
  context.clearRect(0, 0, canvas.width, canvas.height)
  const place = canvas.width / slices.length
  const longest = Math.max(...slices.flatMap((slice) => sidesMm(slice)))
  const pixelsPerMm = Math.min(place, canvas.height) / longest
  const [low, high] = windowOf(slices)
  slices.forEach((slice, n) => {
    const [width, height] = sidesMm(slice).map((mm) => mm * pixelsPerMm) as [number, number]
    const left = n * place + (place - width) / 2
    context.drawImage(greyOf(slice, low, high), left, (canvas.height - height) / 2, width, height)
  })
  return true
}

const sidesMm = ({ width, height, pixelMm }: Slice): readonly number[] => [width * pixelMm[0], height * pixelMm[1]]

function greyOf({ width, height, values }: Slice, low: number, high: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const image = new ImageData(width, height)
  values.forEach((value, at) => {
    const grey = (255 * (value - low)) / (high - low)
    image.data.set([grey, grey, grey, 255], 4 * at)
  })
  canvas.getContext('2d')?.putImageData(image, 0, 0)
  return canvas
}
