/** The header of a scan in words, and what in it a person should look at before it is sent. */
import { orientationOf, tiltOf } from './affine.ts'
import { type Head, Unreadable, voxelsOf } from './head.ts'
import { firstBytes } from './inflate.ts'
import { isMgh, readMgh } from './mgh.ts'
import { isNifti, NIFTI_HEAD_BYTES, readNifti } from './nifti.ts'

/** Looks at the first bytes of a file. @throws Unreadable in words, also for formats that this page does not look into */
export async function readHead(file: Blob): Promise<Head> {
  let bytes: Uint8Array<ArrayBuffer>
  try {
    bytes = await firstBytes(file, NIFTI_HEAD_BYTES)
  } catch {
    throw new Unreadable('The file is gzipped, and the gzip is broken. Copy or export it again.')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isNifti(view)) return readNifti(view)
  if (isMgh(view)) return readMgh(view)
  if (file.size === 0) throw new Unreadable('The file is empty.')
  throw new Unreadable('This is neither NIfTI (.nii, .nii.gz) nor MGH (.mgz), and not DICOM.')
}

export interface Fact {
  readonly name: string
  readonly value: string
}

const SIDES: Readonly<Record<string, string>> = {
  ...{ R: 'right', L: 'left', A: 'front', P: 'back', S: 'head', I: 'feet' },
}

export function factsOf(head: Head, bytes: number): readonly Fact[] {
  const code = orientationOf(head.affine)
  const grows =
    code === null ? 'not readable' : `${code}: voxels run to the ${[...code].map((side) => SIDES[side]).join(', ')}`
  return [
    { name: 'Voxels', value: `${head.shape.join(' × ')}${head.frames > 1 ? ` × ${head.frames} volumes` : ''}` },
    { name: 'Voxel size', value: `${head.spacingMm.map((mm) => trimmed(mm, 2)).join(' × ')} mm` },
    { name: 'Orientation', value: head.affineSource === 'none' ? 'not stated' : grows },
    { name: 'Stored as', value: `${head.format}, ${head.kindName}, ${megabytes(bytes)}` },
  ]
}

/** What stands out; the service judges by itself, and more strictly. */
export function doubtsOf(head: Head): readonly string[] {
  const longest = Math.max(...head.spacingMm)
  const edges = head.shape.map((n, axis) => n * head.spacingMm[axis]!)
  const tilt = tiltOf(head.affine)
  return [
    head.affineSource === 'none' &&
      'The header does not say how the head lies. Left and right may be exchanged: convert it again from DICOM.',
    head.frames > 1 && `It holds ${head.frames} volumes; one is wanted.`,
    head.kind === null && `Voxels are stored as ${head.kindName}, which this page cannot draw.`,
    longest > 4 && `Slices are ${trimmed(longest, 1)} mm apart. Small lesions between them are not seen.`,
    tilt > 20 && `The scan is tilted by ${Math.round(tilt)}° against the axes of the head.`,
    Math.min(...edges) < 80 &&
      `It covers only ${Math.round(Math.min(...edges))} mm in one direction: part of the brain is missing.`,
    Math.max(...edges) > 400 &&
      `It is ${Math.round(Math.max(...edges))} mm long, larger than a head: is the unit of its voxels right?`,
  ].filter((doubt) => doubt !== false)
}

/** What the tab holds while it shows the scan with a label map, about: voxels as 32-bit floats and as textures. */
export function tabBytes(head: Head): number {
  return voxelsOf(head) * 16
}

export function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${trimmed(bytes / 1e6, 1)} MB`
}

/** Without zeros at the end: 1, 0.94, 1.2. */
export function trimmed(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)))
}
