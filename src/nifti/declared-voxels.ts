/** How large a scan says it is, from its first bytes alone: cheap enough to be asked before anything is computed. */
import { createHash } from 'node:crypto'
import { FaultError } from '../errors.ts'
import { contentChunks, fileChunks } from './byte-stream.ts'
import { shapeOf } from './geometry.ts'
import { MAX_HEADER_BYTES, parseHeader } from './header.ts'

/** Voxels by the header; undefined where there is none that can be read: whoever reads the whole file says why. */
export async function declaredVoxels(path: string): Promise<number | undefined> {
  const file = fileChunks(path, createHash('sha256'))
  try {
    let head: Buffer = Buffer.alloc(0)
    for await (const chunk of contentChunks(file)) {
      head = Buffer.concat([head, chunk]).subarray(0, MAX_HEADER_BYTES)
      if (head.length === MAX_HEADER_BYTES) break
    }
    const [i, j, k] = shapeOf(parseHeader(head).geometry)
    return i * j * k
  } catch (error) {
    if (error instanceof FaultError) return undefined
    throw error
  } finally {
    await file.return()
  }
}
