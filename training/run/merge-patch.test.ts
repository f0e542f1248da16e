/** The examples of RFC 7396, appendix A, and lists of things with names. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergePatch } from './merge-patch.ts'

test('a patch gives what the examples of RFC 7396 say', () => {
  for (const [target, patch, result] of [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ] as const)
    assert.deepEqual(mergePatch(target, patch), result)
})

test('a list of things with names is changed by their names', () => {
  const sources = [
    { name: 'heads', weight: 1, synth: { strip: 0.5 } },
    { name: 'lesions', weight: 2 },
  ]
  assert.deepEqual(mergePatch({ sources }, { sources: { heads: { synth: { neck: 3 } } } }), {
    sources: [
      { name: 'heads', weight: 1, synth: { strip: 0.5, neck: 3 } },
      { name: 'lesions', weight: 2 },
    ],
  })
  assert.deepEqual(mergePatch(sources, { heads: null }), [{ name: 'lesions', weight: 2 }])
  const scans = { name: 'scans', weight: 3 }
  assert.deepEqual(mergePatch(sources, { lesions: null, scans }), [sources[0], scans])
  assert.throws(
    () => mergePatch(sources, { lesion: { weight: 3 } }),
    /nothing there is called 'lesion'; there are heads, lesions/,
  )
})
