import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyHash, cacheKey } from './fingerprint.ts'

const asked = { scans: { t1: 'a', flair: 'b' }, modelId: 'tiny', gridChannel: 't1', options: { x: '1', y: '2' } }

test('the order in which channels and options were sent changes nothing', () => {
  const other = { ...asked, scans: { flair: 'b', t1: 'a' }, options: { y: '2', x: '1' } }
  assert.equal(bodyHash(other), bodyHash(asked))
})

test('anything else changes the hash of the body; weights and version change the key of the result too', () => {
  const bodies = [
    asked,
    { ...asked, scans: { t1: 'b', flair: 'a' } },
    { ...asked, scans: { t1: 'a' } },
    { ...asked, modelId: 'big' },
    { ...asked, gridChannel: 'flair' },
    { ...asked, options: { x: '1' } },
  ].map((asked) => bodyHash(asked))
  const keys = [cacheKey(asked, 'w', '1'), cacheKey(asked, 'v', '1'), cacheKey(asked, 'w', '2')]
  assert.equal(new Set([...bodies, ...keys]).size, 9)
})

test('another name or callback is another request, and no other result', () => {
  const told = [{}, { name: 'a' }, { callback: 'https://a.example/' }, { name: 'a', callback: 'https://a.example/' }]
  assert.equal(new Set(told.map((each) => bodyHash(asked, each))).size, 4)
  assert.equal(bodyHash(asked, { name: undefined }), bodyHash(asked))
})
