/** Mutated files through both readers of src/formats: each is read whole, or refused as a FaultError by both alike. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { FaultError } from '../../src/errors.ts'
import { peekScan } from '../../src/formats/peek.ts'
import { readScan } from '../../src/formats/read.ts'
import { createDraw, type Draw } from './draw.ts'

/** So small that none of the files costs much, so large that each good one passes. */
const LIMITS = { maxFileBytes: 2 ** 20, maxInflatedBytes: 2 ** 22, maxVoxels: 2 ** 20 }

export interface Headers {
  /** "read", or the code of the refusal → how many. */
  readonly outcomes: ReadonlyMap<string, number>
  /** What should not have happened, with the number of the file, which together with the seed makes it again. */
  readonly wrong: readonly string[]
}

/**
 * @param make one of the files
 * @param patienceMs for one file; more is a hang
 */
export async function readHeaders(
  make: (draw: Draw) => Buffer,
  files: number,
  seed: number,
  patienceMs: number,
): Promise<Headers> {
  const folder = mkdtempSync(join(tmpdir(), 'onelabel-fuzz-'))
  const path = join(folder, 'scan')
  const outcomes = new Map<string, number>()
  const wrong: string[] = []
  try {
    for (let n = 0; n < files; n++) {
      writeFileSync(path, make(createDraw(seed, n)))
      const given = new AbortController()
      const hang = pause(patienceMs, 'it hangs', { signal: given.signal }).catch(() => 'it hangs')
      const outcome = await Promise.race([outcomeOf(path), hang])
      given.abort()
      const isFine = /^[a-z0-9-]+$/.test(outcome)
      if (!isFine) wrong.push(`seed ${seed}, file ${n} of ${make.name}: ${outcome}`)
      outcomes.set(isFine ? outcome : 'wrong', (outcomes.get(isFine ? outcome : 'wrong') ?? 0) + 1)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  return { outcomes, wrong }
}

/** "read", a code, or a sentence on what should not be. */
async function outcomeOf(path: string): Promise<string> {
  const [peeked, scan] = [await settled(peekScan(path, LIMITS)), await settled(readScan(path, LIMITS))]
  if ('code' in scan) {
    if (!('code' in peeked) || peeked.code === scan.code) return scan.code
    // Where a gzip is cut off or damaged behind a wrong header, zlib may report that before or after the header is seen.
    const isEither = [peeked.code, scan.code].includes('gzip-corrupt')
    return isEither ? 'gzip-corrupt' : `peeked ${peeked.code}, read ${scan.code}`
  }
  if ('code' in peeked) return `peeked ${peeked.code}, and it is read`
  const { shape, affine, data } = scan.value.volume
  const voxels = shape.reduce((product, n) => product * n, 1)
  if (voxels !== data.length || voxels !== peeked.value.voxels) return `${voxels} voxels, ${data.length} values`
  return affine.every(Number.isFinite) && data.every(Number.isFinite)
    ? 'read'
    : 'an affine or voxels that are not finite'
}

async function settled<T>(reading: Promise<T>): Promise<{ readonly value: T } | { readonly code: string }> {
  try {
    return { value: await reading }
  } catch (error) {
    return { code: error instanceof FaultError ? error.fault.kind : `a bug: ${String(error)}` }
  }
}
