/** The series of a DICOM study, by the headers of its files; which of them are used is decided by the service's rules. */
import { type DicomHead, isDicom, readDicom } from './dicom.ts'
import type { ZipEntry } from './zip.ts'

/** Headers of ordinary files are far smaller. */
const HEAD_BYTES = 2 ** 16

export interface Series {
  readonly uid: string
  readonly description: string
  readonly modality: string
  readonly images: number
  readonly rows: number
  readonly columns: number
  readonly spacingMm: readonly number[]
  readonly sliceMm: number | null
}

/** Whatever has first bytes: a file of the disk, or one in a zip. */
export type Readable = Pick<ZipEntry, 'name' | 'first'>

export const readable = (file: File): Readable => ({
  name: file.name,
  first: async (most) => new Uint8Array(await file.slice(0, most).arrayBuffer()),
})

export async function looksLikeDicom(file: Readable): Promise<boolean> {
  return isDicom(await file.first(200))
}

/** In the order in which they were found. */
export async function readSeries(files: readonly Readable[]): Promise<readonly Series[]> {
  const bySeries = new Map<string, DicomHead[]>()
  for (const file of files) {
    const head = readDicom(await file.first(HEAD_BYTES))
    if (head === null) continue
    const others = bySeries.get(head.seriesUid)
    if (others === undefined) bySeries.set(head.seriesUid, [head])
    else others.push(head)
  }
  return [...bySeries].map(([uid, heads]) => {
    const { description, modality, rows, columns, spacingMm } = heads[0]!
    const images = heads.reduce((sum, { frames }) => sum + frames, 0)
    return { uid, description, modality, images, rows, columns, spacingMm, sliceMm: sliceDistance(heads) }
  })
}

/** The median distance between neighbours along the normal of the slices; without positions what the header states. */
function sliceDistance(heads: readonly DicomHead[]): number | null {
  const [first] = heads
  const [a, b, c, d, e, f] = first?.directions ?? []
  if (heads.length < 2 || f === undefined) return first?.sliceMm ?? null
  const normal = [b! * f - c! * e!, c! * d! - a! * f, a! * e! - b! * d!]
  const along = heads
    .filter(({ position }) => position.length === 3)
    .map(({ position }) => position.reduce((sum, mm, axis) => sum + mm * normal[axis]!, 0))
    .sort((one, other) => one - other)
  const gaps = along
    .slice(1)
    .map((mm, n) => mm - along[n]!)
    .sort((one, other) => one - other)
  return gaps[Math.floor(gaps.length / 2)] ?? first?.sliceMm ?? null
}
