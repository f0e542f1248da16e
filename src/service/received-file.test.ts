import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { receiveFile } from './received-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-received-'))
after(() => rmSync(folder, { recursive: true }))

async function* chunks(...parts: readonly string[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part)
}
const tooLarge = () => new Error('too large')

test('a file is written as it comes, with the hash that FIPS 180-2 gives for "abc"', async () => {
  const path = join(folder, 'abc')
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  assert.deepEqual(await receiveFile(chunks('a', '', 'bc'), path, 3, tooLarge), { path, bytes: 3, sha256 })
  assert.equal(readFileSync(path, 'utf8'), 'abc')
})

test('a file of one byte more than allowed is refused', async () => {
  await assert.rejects(receiveFile(chunks('ab', 'cd'), join(folder, 'abcd'), 3, tooLarge), /too large/)
})
