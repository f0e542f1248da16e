import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countRestarts } from './restarts.ts'
import { MAX_FAILED_STARTS } from './timing.ts'

test('crashes in a row wait longer; work done, or an end that we decided, starts the count again', () => {
  const restarts = countRestarts()
  restarts.ready()
  assert.deepEqual(restarts.lost('crash'), { afterMs: 0, crashesInARow: 1, failedStarts: 0 })
  restarts.ready()
  assert.equal(restarts.lost('crash').afterMs, 250)
  restarts.ready()
  restarts.worked()
  assert.equal(restarts.lost('crash').afterMs, 0)
  restarts.ready()
  assert.deepEqual(restarts.lost('cancel'), { afterMs: 0, crashesInARow: 0, failedStarts: 0 })
})

test('only starts that never got ready, one after the other, are hopeless', () => {
  const restarts = countRestarts()
  for (let start = 1; start < MAX_FAILED_STARTS; start++) restarts.lost('start-timeout')
  assert.equal(restarts.hopeless(), null)
  restarts.lost('crash')
  assert.match(restarts.hopeless() ?? '', /did not get ready 3 times/)
  restarts.ready()
  assert.equal(restarts.hopeless(), null)
})
