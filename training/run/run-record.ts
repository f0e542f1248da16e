/** What a run writes down of itself: `run.json` in its folder, from which it is released. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { recipeSchema } from './recipe.ts'

export const RECORD = 'run.json'

const recordSchema = z.strictObject({
  /** The commit of the checkout that trained; 'unknown' outside of one. */
  commit: z.string(),
  /** Where the recipe lay. */
  recipeFile: z.string(),
  /** Sources of which anything was there; null subjects: each head is new. */
  sources: z.array(z.strictObject({ name: z.string(), subjects: z.int().positive().nullable() })),
  /** The whole recipe, with what it extends. */
  recipe: recipeSchema,
})

export type RunRecord = z.infer<typeof recordSchema>

export async function writeRecord(runFolder: string, record: Omit<RunRecord, 'commit'>): Promise<void> {
  await writeFile(join(runFolder, RECORD), `${JSON.stringify({ commit: checkoutCommit(), ...record }, null, 2)}\n`)
}

/** Undefined where the run wrote none: it is from before runs did, or the folder is none of a run. */
export async function readRecord(runFolder: string): Promise<RunRecord | undefined> {
  const path = join(runFolder, RECORD)
  return existsSync(path) ? recordSchema.parse(JSON.parse(await readFile(path, 'utf8'))) : undefined
}

export function checkoutCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}
