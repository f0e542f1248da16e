/** The library of CUDA from a folder beside the onnxruntime of Node, which looks for it nowhere else, for as long as this runs. */
import { existsSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { CUDA_LIBRARIES } from './what-is-here.ts'

/** @returns takes them away again, also called at the end of the process */
export function lendProvider(from: string, bindingFolder: string): () => void {
  const links: string[] = []
  const takeAway = () => {
    for (const link of links.splice(0)) rmSync(link, { force: true })
  }
  process.once('exit', takeAway)
  for (const name of CUDA_LIBRARIES) {
    const link = join(bindingFolder, name)
    if (existsSync(link)) throw new Error(`${name} is there already: ${bindingFolder}`)
    symlinkSync(join(from, name), link)
    links.push(link)
  }
  return takeAway
}
