/** Models a, b, c of which a load costs what the test says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { createResidency } from './residency.ts'

/** @param costs bytes of the loads of each model, one after the other; the last stands for all later ones */
function models(budgetBytes: number, costs: Readonly<Record<string, readonly number[]>>, leastBytes = 1) {
  const told: string[] = []
  const loads = new Map<string, number>()
  const residency = createResidency<string>({
    budgetBytes,
    leastBytes: () => leastBytes,
    async load(id) {
      const load = loads.get(id) ?? 0
      loads.set(id, load + 1)
      const memoryBytes = costs[id]!.at(Math.min(load, costs[id]!.length - 1))!
      return { loaded: `${id}${load + 1}`, memoryBytes, close: async () => void told.push(`close ${id}`) }
    },
    tell: ({ change, id, memoryBytes, residentBytes }) => told.push(`${change} ${id} ${memoryBytes}/${residentBytes}`),
  })
  const use = (id: string) => residency.use(id, async (loaded) => loaded)
  return { use, told }
}

test('without a limit each is loaded once and stays', async () => {
  const { use, told } = models(0, { a: [100], b: [200] })
  assert.deepEqual([await use('a'), await use('b'), await use('a')], ['a1', 'b1', 'a1'])
  assert.deepEqual(told, ['loaded a 100/100', 'loaded b 200/300'])
})

test('beyond the budget the least recently used goes, and comes back when it is asked for', async () => {
  const { use, told } = models(250, { a: [100], b: [100], c: [100] })
  for (const id of ['a', 'b', 'a', 'c']) await use(id)
  assert.deepEqual(told, [
    'loaded a 100/100',
    'loaded b 100/200',
    // c was thought to cost 1, so room was made when it was seen to cost 100
    'close b',
    'unloaded b 100/200',
    'loaded c 100/200',
  ])
  told.length = 0
  assert.equal(await use('b'), 'b2')
  // now that it is known to cost 100, room is made before
  assert.deepEqual(told, ['close a', 'unloaded a 100/100', 'loaded b 100/200'])
})

test('as many go as must', async () => {
  const { use, told } = models(300, { a: [100], b: [100], c: [290] })
  for (const id of ['a', 'b', 'c']) await use(id)
  assert.deepEqual(told.slice(2), [
    'close a',
    'unloaded a 100/390',
    'close b',
    'unloaded b 100/290',
    'loaded c 290/290',
  ])
})

test('a later load that looks cheaper, because memory was left to it, still counts what the first one cost', async () => {
  const { use, told } = models(150, { a: [100, 5], b: [100, 5] })
  for (const id of ['a', 'b', 'a']) await use(id)
  assert.equal(told.at(-1), 'loaded a 100/100')
})

test('one that alone is above the budget is refused with both numbers, before it is loaded where that is known', async () => {
  const seen = models(150, { a: [200] })
  await assert.rejects(seen.use('a'), faultOf('model-invalid', /model a needs 200 bytes .* is 150/))
  assert.deepEqual(seen.told, ['close a'])
  const foreseen = models(150, { a: [1] }, 151)
  await assert.rejects(foreseen.use('a'), faultOf('model-invalid', /model a needs 151 bytes/))
  assert.deepEqual(foreseen.told, [])
})

test('one that was proved and later costs more than the budget is used alone', async () => {
  const { use, told } = models(150, { a: [100, 200], b: [100] })
  for (const id of ['a', 'b', 'a']) await use(id)
  assert.equal(told.at(-1), 'loaded a 200/200')
})
