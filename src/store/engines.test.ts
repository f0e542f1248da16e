import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { readConfig } from '../config.ts'
import { openEngines } from './engines.ts'

function settings(environment: Record<string, string>) {
  const read = readConfig(environment)
  assert.ok(read.ok)
  return read.config
}

test('with nothing set up, jobs and blobs lie in the data folder, which is made', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onelabel-engines-'))
  const dataDir = join(folder, 'data')
  const { store, blobs } = await openEngines(settings({ ONELABEL_DATA_DIR: dataDir }))
  await Promise.all([store.ping(), blobs.ping()])
  await store.close()
  assert.deepEqual(readdirSync(dataDir).sort(), ['blobs', 'jobs.sqlite'])
  rmSync(folder, { recursive: true })
})

test('a storage without the keys to it is refused, naming them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onelabel-engines-'))
  const asked = settings({ ONELABEL_DATA_DIR: folder, ONELABEL_BLOBS: 's3://onelabel/jobs' })
  await assert.rejects(openEngines(asked), faultOf('not-ready', /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/))
  rmSync(folder, { recursive: true })
})
