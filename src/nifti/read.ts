/**
 * A NIfTI file → a scan: NIfTI-1 or -2, either byte order, gzipped or not, told by its bytes and never by its name.
 *
 * The file streams through hash, inflate and conversion, so the peak is one Float32Array of the volume (4 bytes a
 * voxel) and a few chunks. Every size is checked against the limits before a voxel is inflated, and nothing is
 * inflated beyond what the header promises, but for a little to see the gzip's own checksum.
 */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { FaultError } from '../errors.ts'
import type { Volume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import type { AffineSource } from './affine-source.ts'
import { contentChunks, fileChunks } from './byte-stream.ts'
import { type NiftiGeometry, shapeOf } from './geometry.ts'
import { MAX_HEADER_BYTES } from './header.ts'
import type { NiftiLimits } from './limits.ts'
import { type Plan, planRead } from './plan.ts'
import { createVoxelSink, type VoxelSink } from './voxels.ts'

/** How far beyond the voxels a stream is followed to its end (and its checksum) before the rest is let be. */
const TAIL_BYTES = 1 << 20

export interface NiftiScan {
  readonly volume: Volume<'scan'>
  readonly geometry: NiftiGeometry
  readonly affineSource: AffineSource
  /** Of the file's bytes as sent. */
  readonly sha256: string
  readonly warnings: readonly Warning[]
}

interface Reading extends Plan {
  readonly sink: VoxelSink
}

/** Streams the content into the plan's sink. Ends at the end of the content or TAIL_BYTES after the voxels. */
async function readContent(content: AsyncGenerator<Buffer, void>, fileBytes: number, limits: NiftiLimits) {
  let plan: Reading | undefined
  let head: Buffer = Buffer.alloc(0)
  let position = 0
  const start = (): Reading => {
    const started = planRead(head.subarray(0, MAX_HEADER_BYTES), fileBytes, limits)
    const { voxels, type, littleEndian, slope, inter, voxOffset } = started
    const sink = createVoxelSink(voxels, type, littleEndian, { slope, inter })
    sink.push(head.subarray(Math.min(voxOffset, head.length)))
    position = head.length
    return { ...started, sink }
  }
  for await (const chunk of content) {
    if (plan === undefined) {
      head = Buffer.concat([head, chunk])
      if (head.length >= MAX_HEADER_BYTES) plan = start()
      continue
    }
    plan.sink.push(chunk.subarray(Math.min(Math.max(plan.voxOffset - position, 0), chunk.length)))
    position += chunk.length
    if (position > plan.endOfVoxels + TAIL_BYTES) break
  }
  plan ??= start() // a file shorter than the longest header
  return { ...plan, contentBytes: position }
}

function checkVoxels(sink: VoxelSink, endOfVoxels: number, contentBytes: number, content: 'scan' | 'labels'): void {
  const { voxels, nonFinite, min, max } = sink.state()
  if (voxels < sink.data.length)
    throw new FaultError(
      'nifti-truncated',
      `the header promises ${endOfVoxels} bytes (${sink.data.length} voxels), the file holds ${contentBytes} (${voxels} voxels)`,
    )
  if (nonFinite > 0)
    throw new FaultError('nifti-nonfinite', `${nonFinite} of ${voxels} voxels are not finite; none may be`)
  if (content === 'scan' && min === max)
    throw new FaultError('scan-constant', `all ${voxels} voxels are ${min}: there is nothing to see`)
}

/**
 * Faults: upload-too-large, inflated-too-large, too-many-voxels, gzip-corrupt, not-nifti, nifti-…, scan-constant,
 * cancelled. A file that cannot be opened is the caller's bug.
 * @param content labels may all be one value, as where a subject has no lesion; a scan may not
 */
export async function readNifti(
  path: string,
  limits: NiftiLimits,
  signal?: AbortSignal,
  content: 'scan' | 'labels' = 'scan',
): Promise<NiftiScan> {
  const { size: fileBytes } = await stat(path)
  if (fileBytes > limits.maxFileBytes)
    throw new FaultError('upload-too-large', `${fileBytes} bytes; at most ${limits.maxFileBytes} are allowed`)
  const hash = createHash('sha256')
  const file = fileChunks(path, hash, signal)
  try {
    const { geometry, stated, sink, endOfVoxels, contentBytes } = await readContent(
      contentChunks(file),
      fileBytes,
      limits,
    )
    checkVoxels(sink, endOfVoxels, contentBytes, content)
    while (!(await file.next()).done); // the rest counts for the hash only
    const warnings = [...stated.warnings]
    if (contentBytes > endOfVoxels)
      warnings.push({
        code: 'trailing-bytes',
        message: 'the file goes on after its last voxel: what follows is ignored',
      })
    return {
      volume: { frame: 'scan', shape: shapeOf(geometry), affine: stated.affine, data: sink.data },
      geometry,
      affineSource: stated.affineSource,
      sha256: hash.digest('hex'),
      warnings,
    }
  } finally {
    await file.return()
  }
}
