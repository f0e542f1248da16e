/**
 * A file whose header somebody can plan → a scan.
 *
 * The file streams through hash, inflate and conversion, so the peak is one Float32Array of the volume (4 bytes a
 * voxel) and a few chunks. Every size is checked against the limits before a voxel is inflated, and nothing is
 * inflated beyond what the header promises, but for a little to see the gzip's own checksum.
 */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { FaultError, sizeInWords } from '../errors.ts'
import type { Volume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import type { AffineSource } from './affine-source.ts'
import { contentChunks, fileChunks, unpackedChunks } from './byte-stream.ts'
import { type NiftiGeometry, shapeOf } from './geometry.ts'
import type { NiftiLimits } from './limits.ts'
import type { Plan, Planner } from './plan.ts'
import { settleVoxels } from './settle.ts'
import { createVoxelSink } from './voxels.ts'

/** How far beyond the voxels a stream is followed to its end (and its checksum) before the rest is let be. */
const TAIL_BYTES = 1 << 20

export interface NiftiScan {
  readonly volume: Volume<'scan'>
  /** A label map on the grid of the scan is written with it. */
  readonly geometry: NiftiGeometry
  readonly affineSource: AffineSource
  /** The hash of the file's bytes as sent. */
  readonly sha256: string
  /** How many the file has; in `volume` they are filled. */
  readonly nonFiniteVoxels: number
  readonly warnings: readonly Warning[]
}

/** Reads `content` until its header is whole, and gives the plan with the content from its start. */
export async function startContent(
  content: AsyncGenerator<Buffer, void>,
  planner: Planner,
  fileBytes: number,
  limits: NiftiLimits,
): Promise<{ readonly plan: Plan; readonly all: AsyncGenerator<Buffer, void> }> {
  let head: Buffer = Buffer.alloc(0)
  for (;;) {
    const next = await content.next()
    if (!next.done) head = Buffer.concat([head, next.value])
    const plan = planner(head, next.done === true, fileBytes, limits)
    if (plan !== null) return { plan, all: after(head, content) }
    if (next.done) throw new Error('a planner wants more of a file that has ended')
  }
}

async function* after(head: Buffer, content: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  yield head
  yield* content
}

/** What follows the first `bytes`. */
async function* without(chunks: AsyncGenerator<Buffer, void>, bytes: number): AsyncGenerator<Buffer, void> {
  let skip = bytes
  for await (const chunk of chunks) {
    if (skip < chunk.length) yield chunk.subarray(skip)
    skip -= Math.min(skip, chunk.length)
  }
}

/** Streams the voxels into a sink. Ends at the end of the content or TAIL_BYTES after the voxels. */
async function readVoxels(plan: Plan, all: AsyncGenerator<Buffer, void>) {
  const { voxels, type, littleEndian, slope, inter, voxOffset, endOfVoxels, packing } = plan
  const sink = createVoxelSink(voxels, type, littleEndian, { slope, inter })
  const stored = without(all, voxOffset)
  let position = voxOffset
  for await (const chunk of packing === null ? stored : unpackedChunks(stored, packing)) {
    sink.push(chunk)
    position += chunk.length
    if (position > endOfVoxels + TAIL_BYTES) break
  }
  return { sink, contentBytes: position }
}

/**
 * Faults: those of the planner, upload-too-large, gzip-corrupt, nifti-truncated, nifti-nonfinite, scan-constant, cancelled.
 * A file that cannot be opened is the caller's bug.
 * @param content labels may all be one value, as where a subject has no lesion; a scan may not
 */
export async function readPlanned(
  planner: Planner,
  path: string,
  limits: NiftiLimits,
  signal?: AbortSignal,
  content: 'scan' | 'labels' = 'scan',
): Promise<NiftiScan> {
  const { size: fileBytes } = await stat(path)
  if (fileBytes > limits.maxFileBytes)
    throw new FaultError(
      'upload-too-large',
      `the file has ${sizeInWords(fileBytes, 'up')}; at most ${sizeInWords(limits.maxFileBytes, 'down')} are allowed`,
    )
  const hash = createHash('sha256')
  const file = fileChunks(path, hash, signal)
  const again = () => fileChunks(path, createHash('sha256'), signal)
  let hasIgnored = false
  const chunks = contentChunks(file, again, () => {
    hasIgnored = true
  })
  try {
    const { plan, all } = await startContent(chunks, planner, fileBytes, limits)
    const { geometry, stated, endOfVoxels, hasTail } = plan
    const { sink, contentBytes } = await readVoxels(plan, all)
    const shape = shapeOf(geometry)
    const settled = settleVoxels(sink, shape, { promised: endOfVoxels, found: contentBytes }, content)
    while (!(await file.next()).done); // the rest counts for the hash only
    const { affine, affineSource } = stated
    const warnings = [...stated.warnings, ...settled.warnings]
    if (hasIgnored) warnings.push(TRAILING.gzip)
    if (contentBytes > endOfVoxels && !hasTail) warnings.push(TRAILING.voxels)
    return {
      volume: { frame: 'scan', shape, affine, data: sink.data },
      ...{ geometry, affineSource, warnings },
      nonFiniteVoxels: settled.nonFiniteVoxels,
      sha256: hash.digest('hex'),
    }
  } finally {
    await chunks.return()
    await file.return()
  }
}

const TRAILING: Record<'gzip' | 'voxels', Warning> = {
  gzip: { code: 'trailing-bytes', message: 'bytes that are not gzip follow the gzip data: they are ignored' },
  voxels: { code: 'trailing-bytes', message: 'the file goes on after its last voxel: what follows is ignored' },
}
