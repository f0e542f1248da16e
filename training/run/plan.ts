/**
 * A plan: stages that train one after another, then their mean, the evaluation and the release, as data. A stage starts from the
 * weights of the one before it, unless its recipe says otherwise.
 *
 *     { "stages": [{ "recipe": "trunk.json", "minutes": 60 }, { "recipe": "head.json", "steps": 2000 }],
 *       "average": true, "evaluate": "subjects.csv", "release": "our-model" }
 */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { cardSchema } from '../../src/model/card.ts'
import type { Recipe } from './recipe.ts'
import { readRecipe } from './recipe-file.ts'

const path = z.string().min(1)

const planSchema = z
  .strictObject({
    stages: z
      .array(
        z
          .strictObject({
            /** Path of a recipe, from the plan's folder. */
            recipe: path,
            /** The stage lasts so long, whatever steps that makes; the learning rate goes by the time that has passed. */
            minutes: z.number().positive().optional(),
            /** In place of the recipe's own steps. */
            steps: z.int().positive().optional(),
          })
          .refine(({ minutes, steps }) => minutes === undefined || steps === undefined, 'minutes or steps, not both'),
      )
      .min(1),
    /** The mean of all stages (true), or of the runs of these ids: what is released in place of the last stage. */
    average: z.union([z.literal(true), z.array(z.string()).min(2)]).optional(),
    /** A list (JSON) or pairs of scans and truths (CSV), from the plan's folder: its scores go into the card. */
    evaluate: path.optional(),
    /** The id of the model. */
    release: cardSchema.shape.id.optional(),
    /** Notes for the card, from the plan's folder (as `release --notes`). */
    notes: path.optional(),
  })
  .refine(({ evaluate, release }) => evaluate === undefined || release !== undefined, 'evaluate goes with release')

export interface Stage {
  readonly recipe: Recipe
  readonly recipeFile: string
  readonly minutes?: number
}

export interface Plan {
  readonly stages: readonly Stage[]
  /** Ids of the runs whose mean is taken; none: the last stage is released as it is. */
  readonly averaged: readonly string[]
  readonly evaluate?: string
  readonly release?: string
  readonly notes?: string
}

/** Whether this JSON is a plan rather than a recipe. */
export const isPlan = (json: unknown): boolean => typeof json === 'object' && json !== null && 'stages' in json

/** @throws an Error with every field that is wrong, of the plan or of a recipe, before anything is trained */
export async function readPlan(file: string): Promise<Plan> {
  const parsed = planSchema.safeParse(JSON.parse(await readFile(file, 'utf8')))
  if (!parsed.success) throw new Error(`${file} is no plan:\n${z.prettifyError(parsed.error)}`)
  const { stages: stated, average, evaluate, release, notes } = parsed.data
  const from = (name: string) => resolve(dirname(file), name)
  const stages: Stage[] = []
  for (const { recipe: name, minutes, steps } of stated) {
    const recipe = await readRecipe(from(name))
    const before = stages.at(-1)?.recipe.id
    if (stages.some((stage) => stage.recipe.id === recipe.id))
      throw new Error(`${file}: two stages have the id ${recipe.id}; each has a run of its own`)
    stages.push({
      recipe: {
        ...recipe,
        ...(before !== undefined && recipe.startFrom === undefined && { startFrom: before }),
        ...(steps !== undefined && { schedule: scheduleOf(recipe, steps) }),
      },
      recipeFile: from(name),
      ...(minutes !== undefined && { minutes }),
    })
  }
  return {
    stages,
    averaged: average === true ? stages.map(({ recipe }) => recipe.id) : (average ?? []),
    ...(evaluate !== undefined && { evaluate: from(evaluate) }),
    ...(release !== undefined && { release }),
    ...(notes !== undefined && { notes: from(notes) }),
  }
}

/** The same course of the learning rate over another number of steps. */
function scheduleOf({ schedule }: Recipe, steps: number): Recipe['schedule'] {
  const { stopAfter: _, ...rest } = schedule
  return { ...rest, steps, warmupSteps: Math.round((schedule.warmupSteps * steps) / schedule.steps) }
}
