/**
 * A recipe as a file. A short one names another in `extends` (a path from its own folder) and states only what differs: the rest
 * of it is applied to the other as a patch (merge-patch.ts).
 */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { mergePatch } from './merge-patch.ts'
import { type Recipe, recipeSchema } from './recipe.ts'

/** @throws an Error that names the file and every field that is wrong */
export async function readRecipe(path: string): Promise<Recipe> {
  const parsed = recipeSchema.safeParse(await extended(resolve(path), []))
  if (parsed.success) return parsed.data
  throw new Error(`${path} is no recipe:\n${z.prettifyError(parsed.error)}`)
}

/** The recipe with what it extends, as JSON. */
async function extended(path: string, way: readonly string[]): Promise<unknown> {
  if (way.includes(path)) throw new Error(`recipes extend each other: ${[...way, path].join(' → ')}`)
  const { extends: base, ...own } = await readJson(path)
  if (base === undefined) return own
  if (typeof base !== 'string') throw new Error(`${path}: 'extends' is the path of a recipe`)
  // Its run would lie where that of the other lies.
  if (own['id'] === undefined) throw new Error(`${path}: a recipe that extends another has an id of its own`)
  const whole = await extended(resolve(dirname(path), base), [...way, path])
  try {
    return mergePatch(whole, own)
  } catch (cause) {
    throw new Error(`the recipe ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

async function readJson(path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`cannot read the recipe ${path} (${cause.code})`, { cause })
  })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`the recipe ${path} is not JSON: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}
