/**
 * A private copy of a models folder: only what the cards name. Taken when a set of models is first read, so that a set
 * that serves can be loaded again (after a crash, or when memory was short) while its folder is being overwritten with
 * the next one.
 */
import { constants } from 'node:fs'
import { access, copyFile, mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, normalize } from 'node:path'
import { FaultError, hasCode } from '../errors.ts'
import { type Model, modelFolders, readModel, type Sort, strictly } from '../model/registry.ts'

/** Where the copy lies whole it is left as it is; else it is made beside it and renamed. Of what is left out nothing stays. */
export async function copyModels(modelsDir: string, copyDir: string, sort: Sort = strictly): Promise<void> {
  const exists = await access(copyDir).then(
    () => true,
    () => false,
  )
  if (exists) return
  const partDir = `${copyDir}.part`
  await rm(partDir, { recursive: true, force: true })
  await mkdir(partDir, { recursive: true })
  for (const folder of modelFolders(modelsDir)) {
    const id = basename(folder)
    const isCopied = await sort(id, async () => {
      await copyModel(await readModel(folder), join(partDir, id))
      return true
    })
    if (isCopied === undefined) await rm(join(partDir, id), { recursive: true, force: true })
  }
  await rename(partDir, copyDir)
}

async function copyModel({ card, folder }: Model, into: string): Promise<void> {
  const { weights, golden } = card
  for (const file of ['card.json', weights.file, golden.labels, ...Object.values(golden.scans)]) {
    const path = normalize(file)
    if (path.startsWith('..')) {
      throw new FaultError('model-invalid', `the card of model ${card.id} names a file outside of its folder`)
    }
    await mkdir(dirname(join(into, path)), { recursive: true })
    await copyFile(join(folder, path), join(into, path), constants.COPYFILE_FICLONE).catch((cause: unknown) => {
      if (!hasCode(cause, 'ENOENT', 'EISDIR')) throw cause
      throw new FaultError('model-invalid', `model ${card.id} lacks a file that its card names`, { cause })
    })
  }
}
