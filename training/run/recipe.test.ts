/** The schedule of a recipe, by arithmetic: 10 steps up, then half a cosine from 0.1 to 0.02 over 100 more. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { learningRate, stepsOf } from './recipe.ts'
import { readRecipe } from './recipe-file.ts'

const tiny = await readRecipe(join(import.meta.dirname, '../recipes/tiny-phantom.json'))
const recipe = { ...tiny, schedule: { steps: 110, warmupSteps: 10, peakRate: 0.1, finalRate: 0.2 } }

test('the rate rises linearly, is in the middle half-way down the cosine, and ends at its last share', () => {
  for (const [step, rate] of [
    [1, 0.01],
    [10, 0.1],
    [60, 0.06],
    [110, 0.02],
  ] as const)
    assert.ok(Math.abs(learningRate(recipe, step) - rate) < 1e-12, `step ${step}: ${learningRate(recipe, step)}`)
})

test('a run that stops earlier has the same rates up to there', () => {
  const stopped = { ...recipe, schedule: { ...recipe.schedule, stopAfter: 60 } }
  assert.deepEqual([stepsOf(recipe), stepsOf(stopped)], [110, 60])
  assert.equal(learningRate(stopped, 60), learningRate(recipe, 60))
})
