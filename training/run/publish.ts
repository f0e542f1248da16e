/**
 * A new model takes the place of an old one in a models folder. It is made whole beside it, and the old one is moved aside, not
 * deleted, until the new one stands: whatever ends the process in between, one of the two is there or is put back the next time.
 */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

export interface Staging {
  /** Where the model is to be made; a models folder with this one model in it, which a service does not see. */
  readonly modelsDir: string
  /** <modelsDir>/<id>, empty. */
  readonly folder: string
  /** Puts it in its place. */
  publish(): Promise<void>
  /** Removes what was made. */
  drop(): Promise<void>
}

/** @param modelsDir where the model will stand as <id>, beside which it is made: a rename must not cross disks */
export async function stageModel(modelsDir: string, id: string): Promise<Staging> {
  const staged = join(modelsDir, `.releasing-${id}`)
  const [folder, place, aside] = [join(staged, id), join(modelsDir, id), join(staged, `${id}.before`)]
  // An earlier release was ended between its two renames.
  if (!existsSync(place) && existsSync(aside)) await rename(aside, place)
  await rm(staged, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  return {
    modelsDir: staged,
    folder,
    async publish() {
      const isReplaced = existsSync(place)
      if (isReplaced) await rename(place, aside)
      try {
        await rename(folder, place)
      } catch (error) {
        if (isReplaced) await rename(aside, place)
        throw error
      }
      await rm(staged, { recursive: true, force: true })
    },
    async drop() {
      await rm(folder, { recursive: true, force: true })
      // Not where an old model lies in it that could not be put back.
      if (!existsSync(aside)) await rm(staged, { recursive: true, force: true })
    },
  }
}
