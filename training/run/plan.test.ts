/** Plans and short recipes, read: what each stage becomes, and what is refused before anything is trained. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readPlan } from './plan.ts'
import { readRecipe } from './recipe-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'onelabel-plan-'))
after(() => rm(folder, { recursive: true }))

const tiny = join(import.meta.dirname, '../recipes/tiny-phantom.json')
const put = async (name: string, json: object): Promise<string> => {
  await writeFile(join(folder, name), JSON.stringify(json))
  return join(folder, name)
}
await put('a.json', { id: 'a', extends: tiny, schedule: { steps: 100 } })
await put('b.json', { id: 'b', extends: './a.json', batch: 1, target: null })

test('a short recipe states what differs; the rest is that of the one it extends', async () => {
  const [base, b] = [await readRecipe(tiny), await readRecipe(join(folder, 'b.json'))]
  const { target: _, ...rest } = base
  assert.deepEqual(b, { ...rest, id: 'b', batch: 1, schedule: { ...base.schedule, steps: 100 } })
})

test('recipes without an id of their own, in a circle, or with a wrong field are refused', async () => {
  await assert.rejects(readRecipe(await put('c.json', { extends: tiny })), /has an id of its own/)
  const unknown = { id: 'd', extends: tiny, data: { sources: { nobody: { weight: 2 } } } }
  await assert.rejects(
    readRecipe(await put('d.json', unknown)),
    /d\.json: nothing there is called 'nobody'; there are /,
  )
  await put('e.json', { id: 'e', extends: 'd.json' })
  await assert.rejects(
    readRecipe(await put('d.json', { id: 'd', extends: 'e.json' })),
    /extend each other: .*d\.json → /,
  )
  await assert.rejects(
    readRecipe(await put('f.json', { id: 'f', extends: tiny, bach: 3 })),
    /f\.json is no recipe:.*bach/s,
  )
})

test('each stage starts from the one before, over its own steps or minutes', async () => {
  const file = await put('x.plan.json', {
    stages: [
      { recipe: 'a.json', steps: 50 },
      { recipe: 'b.json', minutes: 3 },
    ],
    average: true,
    evaluate: 'pairs.csv',
    release: 'lab',
  })
  const plan = await readPlan(file)
  assert.deepEqual(
    plan.stages.map(({ recipe, minutes }) => [recipe.id, recipe.startFrom, recipe.schedule.steps, minutes]),
    [
      ['a', undefined, 50, undefined],
      ['b', 'a', 100, 3],
    ],
  )
  // 20 of 300 in the recipe that it extends, which states 100
  assert.equal(plan.stages[0]!.recipe.schedule.warmupSteps, 10)
  assert.deepEqual([plan.averaged, plan.evaluate, plan.release], [['a', 'b'], join(folder, 'pairs.csv'), 'lab'])
})

test('a plan that cannot be meant is refused', async () => {
  const refused = async (json: object, why: RegExp) => assert.rejects(readPlan(await put('no.plan.json', json)), why)
  await refused({ stages: [] }, /is no plan/)
  await refused({ stages: [{ recipe: 'a.json', minutes: 1, steps: 1 }] }, /minutes or steps, not both/)
  await refused({ stages: [{ recipe: 'a.json' }], evaluate: 'pairs.csv' }, /evaluate goes with release/)
  await refused({ stages: [{ recipe: 'a.json' }, { recipe: 'a.json' }] }, /two stages have the id a/)
  await refused({ stages: [{ recipe: 'a.json' }], relase: 'x' }, /relase/)
})

test('the plan of joint-wmh names its stages in the order in which they start from each other', async () => {
  const { stages, release } = await readPlan(join(import.meta.dirname, '../recipes/joint-wmh.plan.json'))
  const ids = stages.map(({ recipe }) => recipe.id)
  assert.deepEqual(
    stages.map(({ recipe }) => recipe.startFrom),
    [undefined, ...ids.slice(0, -1)],
  )
  assert.equal(release, 'joint-wmh')
})
