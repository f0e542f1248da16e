import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapsOf, SCENARIOS, SPLITS } from '../sources/phantom-set.ts'
import { jointClasses, networksOf } from './methods.ts'
import { METHODS } from './result.ts'

const BUDGET = { steps: 10, batch: 4 }

test('every method sees as many patches of the tissue set as of the lesion set, and all methods equally many', () => {
  for (const scenario of SCENARIOS) {
    for (const method of METHODS) {
      const seen = { tissue: 0, lesion: 0 }
      for (const { recipe } of networksOf(method, scenario, 1, BUDGET)) {
        const { sources } = recipe.data
        // sources of one weight share a batch evenly
        for (const { name } of sources)
          seen[name as keyof typeof seen] += (recipe.schedule.steps * recipe.batch) / sources.length
      }
      assert.deepEqual(seen, { tissue: 20, lesion: 20 }, `${scenario} ${method}`)
    }
  }
})

test('apart from statements, loss and heads the single networks are one recipe', () => {
  const common = METHODS.filter((method) => !method.startsWith('multi-unet')).map((method) => {
    const { recipe } = networksOf(method, 'wmh', 1, BUDGET)[0]!
    const { id, title, loss, heads, data, ...rest } = recipe
    return JSON.stringify(rest)
  })
  assert.equal(new Set(common).size, 1)
})

test('no head is in two splits', () => {
  const maps = SPLITS.flatMap((split) => mapsOf(split))
  assert.equal(new Set(maps).size, maps.length)
})

test('the joint labels are tissue first, then the lesions of the scenario', () => {
  assert.deepEqual(jointClasses('wmh'), [0, 1, 2, 3, 4])
  assert.deepEqual(jointClasses('tumour'), [0, 1, 2, 3, 5, 6])
})
