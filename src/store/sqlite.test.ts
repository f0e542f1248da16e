import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { sessionContract } from '../../test/fixtures/session-contract.ts'
import { storeContract } from '../../test/fixtures/store-contract.ts'
import { studyContract } from '../../test/fixtures/study-contract.ts'
import { openSqliteStore } from './store.ts'

let folder: string
let files = 0
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-sqlite-'))
})
after(() => rmSync(folder, { recursive: true }))

async function makeBench() {
  const path = join(folder, `${files++}.sqlite`)
  let nowMs = 1_700_000_000_000
  return {
    open: async () => openSqliteStore(path, () => nowMs),
    async pass(ms: number) {
      nowMs += ms
    },
    remove: async () => {},
  }
}
storeContract('SQLite', makeBench)
studyContract('SQLite', makeBench)
sessionContract('SQLite', makeBench)

test('the file is readable by its user alone, and acknowledged only when it is on the disk', async () => {
  const path = join(folder, 'modes.sqlite')
  await openSqliteStore(path).close()
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const db = new DatabaseSync(path)
  assert.deepEqual({ ...db.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' })
  db.close()
})

test('a file of a later schema is refused with both numbers and left as it is', () => {
  const path = join(folder, 'newer.sqlite')
  const db = new DatabaseSync(path)
  db.exec('PRAGMA user_version = 9')
  assert.throws(() => openSqliteStore(path), faultOf('not-ready', /schema 9,.* up to 6/))
  assert.deepEqual({ ...db.prepare('PRAGMA user_version').get() }, { user_version: 9 })
  db.close()
})

test('a file that is no data base is refused with a code', () => {
  assert.throws(() => openSqliteStore(folder), { code: 'EISDIR' })
})
