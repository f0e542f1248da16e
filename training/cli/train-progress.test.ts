/** Where nobody looks at a bar, a line now and then says how far a run is. The clock is the test's own. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { trainProgress } from './train-progress.ts'

test('piped, the first step has a line, then one every ten seconds, and the last step', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: false }) as unknown as NodeJS.WriteStream & PassThrough
  let ms = 0
  const { onStep, end } = trainProgress('lab', stream, () => ms)
  for (let step = 1; step <= 30; step++) {
    onStep({ step, loss: 1 / step, secondsPerStep: 0.9, share: step / 30, secondsLeft: 0.9 * (30 - step) })
    ms += 900
  }
  end()
  // 10 s are 12 steps of 0.9 s: after step 1 the next lines are at 13 and 25.
  assert.deepEqual(String(stream.read()).trimEnd().split('\n'), [
    'lab: step 1, 3 %, loss 1.0000, 0.90 s/step, 26 s left',
    'lab: step 13, 43 %, loss 0.0769, 0.90 s/step, 15 s left',
    'lab: step 25, 83 %, loss 0.0400, 0.90 s/step, 5 s left',
    'lab: step 30, 100 %, loss 0.0333, 0.90 s/step, 0 s left',
  ])
})
