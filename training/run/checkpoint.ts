/**
 * A checkpoint: the training state and the running mean of the weights as one file of float32 behind a JSON index.
 * Written to a temporary name, then renamed: a run that is killed finds a whole checkpoint or the one before.
 */
import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrainingState } from '../method/step.ts'

/** The files of a run's folder. */
export const LAST = 'checkpoint.bin'
export const BEST = 'best.bin'

export interface Checkpoint {
  readonly step: number
  readonly seconds: number
  readonly state: TrainingState
  readonly mean: TrainingState
}

interface Entry {
  readonly part: 'state' | 'mean'
  readonly name: string
  readonly length: number
}

interface Index {
  readonly step: number
  readonly seconds: number
  readonly entries: readonly Entry[]
}

/** Writes the whole file under a temporary name and renames it to `path`. */
export async function writeCheckpoint(path: string, { step, seconds, state, mean }: Checkpoint): Promise<void> {
  const parts = [...Object.entries(state).map(toPart('state')), ...Object.entries(mean).map(toPart('mean'))]
  const index: Index = { step, seconds, entries: parts.map(({ entry }) => entry) }
  const head = Buffer.from(JSON.stringify(index))
  const size = Buffer.alloc(4)
  size.writeUInt32LE(head.length)
  const temporary = `${path}.writing`
  await writeFile(temporary, Buffer.concat([size, head, ...parts.map(({ bytes }) => bytes)]))
  await rename(temporary, path)
}

function toPart(part: Entry['part']) {
  return ([name, data]: [string, Float32Array]) => ({
    entry: { part, name, length: data.length } satisfies Entry,
    bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  })
}

/** The checkpoint at `path`, or undefined where there is none. */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  if (!existsSync(path)) return undefined
  const bytes = await readFile(path)
  const headLength = bytes.readUInt32LE(0)
  const index = JSON.parse(bytes.toString('utf8', 4, 4 + headLength)) as Index
  const parts: Record<Entry['part'], Record<string, Float32Array>> = { state: {}, mean: {} }
  let at = 4 + headLength
  for (const { part, name, length } of index.entries) {
    // A copy of its own: the file's bytes need not lie at a multiple of 4.
    parts[part][name] = new Float32Array(Uint8Array.from(bytes.subarray(at, at + 4 * length)).buffer)
    at += 4 * length
  }
  return { step: index.step, seconds: index.seconds, ...parts }
}

/** The checkpoint of the run in `folder` that is to be exported: the best where it was validated, else the last. */
export async function readExported(folder: string): Promise<Checkpoint | undefined> {
  return (await readCheckpoint(join(folder, BEST))) ?? (await readCheckpoint(join(folder, LAST)))
}
