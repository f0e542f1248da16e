/** Instances as files of a folder, named by number: names of theirs may hold a patient's. */
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { asDiskFull } from '../store/blobs.ts'
import type { Sink } from './wado.ts'

/** @throws FaultError disk-full */
export function intoFolder(folder: string): Sink {
  return async (index, body) => {
    const path = join(folder, `${String(index).padStart(6, '0')}.dcm`)
    try {
      await pipeline(body, createWriteStream(path, { flags: 'wx', mode: 0o600 }))
    } catch (error) {
      throw asDiskFull(error)
    }
  }
}
