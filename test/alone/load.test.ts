/** The load of docs/load.md with fewer uploads: bench/load.ts has the figures and the promises that are about time. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { brokenPromises, figuresOf, PROMISES, quantile, tables, withTables } from '../../bench/load/figures.ts'
import { type LoadResult, runLoad } from '../../bench/load/run-load.ts'
import { PATIENCE_MS } from '../fixtures/patience.ts'
import { procMissing as skip } from '../fixtures/real-service.ts'

const UPLOADS = 40
const AT_ONCE = 8
/** Fewer places than clients: some are told to come back. */
const QUEUE = 4
let result: LoadResult

before(async () => {
  if (skip !== false) return
  result = await runLoad({
    uploads: UPLOADS,
    atOnce: AT_ONCE,
    warmUp: AT_ONCE,
    settings: { ONELABEL_QUEUE_LENGTH: String(QUEUE) },
    random: () => 0,
    signal: AbortSignal.timeout(PATIENCE_MS),
  })
})

test(`${UPLOADS} uploads, ${AT_ONCE} at once: every job ends succeeded, whichever way it was sent`, { skip }, () => {
  const ways = Map.groupBy(result.sent, ({ way }) => way)
  assert.deepEqual([...ways.values()].map(({ length }) => length).sort(), [10, 10, 10, 10])
  assert.deepEqual(
    result.sent.filter(({ state }) => state !== 'succeeded'),
    [],
  )
})

test('who finds the queue full is told when to come back; there is no other 5xx', { skip }, () => {
  const failures = [...result.answers.keys()].filter((answer) => / 5\d\d/.test(answer))
  // A fast machine may have a place for everybody.
  assert.ok(
    failures.every((answer) => answer === 'POST 503, Retry-After'),
    `${failures}`,
  )
})

test('/livez is answered throughout', { skip }, () => {
  const { ms, failed } = result.livez
  assert.equal(failed, 0)
  assert.ok(ms.length > 0)
})

test('descriptors come back to what they were, memory does not grow by more than a collection may leave', {
  skip,
}, () => {
  const { afterWarmUp, highest, end } = result.usage
  assert.ok(highest.descriptors > afterWarmUp.descriptors, 'connections were open')
  assert.ok(Math.abs(end.descriptors - afterWarmUp.descriptors) <= PROMISES.descriptors, JSON.stringify(result.usage))
  for (const key of ['apiMib', 'computeMib'] as const) {
    // Half as many as warm it up in the measurement: the heap may still be growing to its size.
    assert.ok(end[key] - afterWarmUp[key] <= 2 * PROMISES.mib, JSON.stringify(result.usage))
  }
})

test('the service ends with 0 after it', { skip }, () => {
  assert.equal(result.exitCode, 0)
})

test('quantiles are nearest ranks: of 1 to 200 the p99 is 198', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i)
  assert.deepEqual(
    [0.5, 0.95, 0.99, 1].map((share) => quantile(values, share)),
    [100, 190, 198, 200],
  )
})

const usage = { descriptors: 30, apiMib: 150, computeMib: 200 }
const KEPT: LoadResult = {
  seconds: 2,
  sent: [{ way: 'multipart, later', state: 'succeeded', ms: 3 }],
  answers: new Map([
    ['POST 202, Retry-After', 1],
    ['POST 503, Retry-After', 4],
  ]),
  livez: { ms: [49], failed: 0 },
  usage: { afterWarmUp: usage, highest: usage, end: { descriptors: 32, apiMib: 182, computeMib: 232 } },
  exitCode: 0,
}
const BROKEN: readonly [change: Partial<LoadResult>, promise: RegExp][] = [
  [{ sent: [{ way: 'multipart, later', state: 'failed', ms: 3 }] }, /^of 1 jobs 0 succeeded$/],
  [{ answers: new Map([['POST 503', 1]]) }, /^an answer was POST 503$/],
  [{ answers: new Map([['GET 500, Retry-After', 1]]) }, /^an answer was GET 500, Retry-After$/],
  [{ livez: { ms: [1], failed: 1 } }, /^1 polls of \/livez were not answered$/],
  [{ livez: { ms: [50], failed: 0 } }, /^p99 of \/livez is 50 ms/],
  [{ livez: { ms: [], failed: 0 } }, /^p99 of \/livez is NaN ms/],
  [{ usage: { ...KEPT.usage, end: { ...usage, descriptors: 33 } } }, /^3 more descriptors/],
  [{ usage: { ...KEPT.usage, end: { ...usage, apiMib: 183 } } }, /^apiMib grew by 33/],
  [{ usage: { ...KEPT.usage, end: { ...usage, computeMib: 233 } } }, /^computeMib grew by 33/],
  [{ exitCode: null }, /^SIGTERM: exit code null$/],
]

test('a run that keeps every promise has none broken', () => {
  assert.deepEqual(brokenPromises(figuresOf(KEPT, 1)), [])
})
for (const [change, promise] of BROKEN) {
  test(`a broken promise is named: ${promise.source}`, () => {
    const broken = brokenPromises(figuresOf({ ...KEPT, ...change }, 1))
    assert.equal(broken.length, 1)
    assert.match(broken[0]!, promise)
  })
}

test('the tables go between the markers of the page, and nowhere else', () => {
  const text = tables(figuresOf(KEPT, 1), 'Alone.')
  assert.match(text, /^1 uploads, 1 at once, in 2 s: 30 jobs a minute; 1 succeeded\. Alone\.\n/)
  assert.match(text, /^\| POST: multipart, later \| 1 \| 3 \| 3 \| 3 \| 3 \|$/m)
  assert.match(text, /^\| descriptors of the API process \| 30 \| 30 \| 32 \|$/m)
  assert.match(text, /^\| POST 503, Retry-After \| 4 \|$/m)
  assert.equal(
    withTables('a\n<!-- load -->\nold\n<!-- /load -->\nb', '$1 new'),
    'a\n<!-- load -->\n$1 new\n<!-- /load -->\nb',
  )
  assert.throws(() => withTables('a page', text))
})
