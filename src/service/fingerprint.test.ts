import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bodyHash, cacheKey, sha256OfFile } from './fingerprint.ts'

const asked = { scans: { t1: 'a', flair: 'b' }, modelId: 'tiny', gridChannel: 't1', options: { x: '1', y: '2' } }

test('the hash of a file is the one that FIPS 180-2 gives for "abc"', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onelabel-hash-'))
  writeFileSync(join(folder, 'abc'), 'abc')
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  assert.equal(await sha256OfFile(join(folder, 'abc')), expected)
  rmSync(folder, { recursive: true })
})

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
  ].map(bodyHash)
  const keys = [cacheKey(asked, 'w', '1'), cacheKey(asked, 'v', '1'), cacheKey(asked, 'w', '2')]
  assert.equal(new Set([...bodies, ...keys]).size, 9)
})
