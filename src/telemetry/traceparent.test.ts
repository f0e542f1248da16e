import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTraceparent, parseTraceparent } from './traceparent.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

test("the standard's own example is read, and written as it was", () => {
  const header = `00-${TRACE}-${SPAN}-01`
  assert.deepEqual(parseTraceparent(header), { traceId: TRACE, spanId: SPAN, traceFlags: 1 })
  assert.equal(formatTraceparent({ traceId: TRACE, spanId: SPAN, traceFlags: 1 }), header)
})

test('of the flags only the one that says "recorded" is known', () => {
  assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-00`)?.traceFlags, 0)
  assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-fe`)?.traceFlags, 0)
  assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-ff`)?.traceFlags, 1)
})

test('a later version may say more at its end, this one may not', () => {
  assert.equal(parseTraceparent(`01-${TRACE}-${SPAN}-01-more`)?.spanId, SPAN)
  assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-01-more`), null)
})

test('what is malformed counts as not sent', () => {
  const malformed = [
    null,
    undefined,
    '',
    'Doe_Jane',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01\n`,
  ]
  assert.deepEqual(
    malformed.filter((header) => parseTraceparent(header) !== null),
    [],
  )
})
