import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uidOf, uuidV5 } from './uid.ts'

test('the example of RFC 9562, appendix A.4', () => {
  const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
  assert.equal(uuidV5('www.example.com', dns).toString('hex'), '2ed6657de927568b95e12665a8aea6a2')
})

test('a UID is that of PS3.5, B.2: 2.25 and the UUID as a decimal number, at most 64 characters', () => {
  // python3 -c "import uuid; print(uuid.uuid5(uuid.UUID('6e864273-81d8-4403-80b6-6c9bc799b5ee'), 'a series and a model\\nsr').int)"
  assert.equal(uidOf('a series and a model', 'sr'), '2.25.294947517160797751334003525275982406400')
})

test('another key or another kind is another UID', () => {
  const uids = [uidOf('a', 'seg'), uidOf('a', 'sr'), uidOf('b', 'seg'), uidOf('a\nseg', ''), uidOf('a', 'seg')]
  assert.equal(new Set(uids).size, 4)
})
