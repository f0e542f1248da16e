import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectUids, supersededBy } from './object-uids.ts'

const ruled = (rerun: 'never' | 'replace' | 'keep') => ({
  rerun,
  send: ['seg', 'sr'] as const satisfies string[],
  onRefused: 'park' as const,
})

test('replace: another instance in the series of the first, with the next number; the first one is listed for deletion', () => {
  const rule = { ...ruled('replace'), send: ['seg' as const, 'sr' as const] }
  const [one, two] = [objectUids(['a'], 'seg', rule), objectUids(['a', 'b'], 'seg', rule)]
  assert.deepEqual([one.instanceNumber, two.instanceNumber], [1, 2])
  assert.equal(two.seriesInstanceUid, one.seriesInstanceUid)
  assert.notEqual(two.sopInstanceUid, one.sopInstanceUid)
  const listed = supersededBy(['a', 'b'], rule)
  assert.deepEqual(listed, [
    { kind: 'seg', ...one },
    { kind: 'sr', ...objectUids(['a'], 'sr', rule) },
  ])
  assert.equal(supersededBy(['a', 'b', 'c'], rule).length, 4)
})

test('where refusals are reported, the report of an earlier intake is listed too, of a series of its own', () => {
  const rule = { rerun: 'replace' as const, send: ['seg' as const], onRefused: 'sr' as const }
  const listed = supersededBy(['a', 'b'], rule)
  assert.deepEqual(listed, [
    { kind: 'seg', ...objectUids(['a'], 'seg', rule) },
    { kind: 'refusal', ...objectUids(['a'], 'refusal', rule) },
  ])
  assert.equal(new Set(listed.flatMap((each) => [each.seriesInstanceUid, each.sopInstanceUid])).size, 4)
})

test('keep: a series of its own each time, and nothing to be deleted', () => {
  const rule = { ...ruled('keep'), send: ['seg' as const] }
  const [one, two] = [objectUids(['a'], 'seg', rule), objectUids(['a', 'b'], 'seg', rule)]
  assert.notEqual(two.seriesInstanceUid, one.seriesInstanceUid)
  assert.deepEqual([one.instanceNumber, two.instanceNumber], [1, 1])
  assert.deepEqual(supersededBy(['a', 'b'], rule), [])
})

test('the same intake has the same names each time', () => {
  for (const rerun of ['never', 'replace', 'keep'] as const) {
    for (const kind of ['sr', 'refusal'] as const) {
      assert.deepEqual(objectUids(['a', 'b'], kind, { rerun }), objectUids(['a', 'b'], kind, { rerun }))
    }
  }
})
