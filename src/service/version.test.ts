import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { LADDER } from '../../test/fixtures/imports.ts'
import { cacheKey } from './fingerprint.ts'
import { DECIDING_ROOMS, SERVICE_VERSION, versionOfCode } from './version.ts'

const SRC = resolve(import.meta.dirname, '..')
const asked = { scans: { t1: 'a' }, modelId: 'tiny', gridChannel: 't1', options: {} }

let copy: string
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'onelabel-version-'))
  cpSync(SRC, copy, { recursive: true })
})
afterEach(() => rmSync(copy, { recursive: true }))

const keyOf = (version: string) => cacheKey(asked, 'weights', version)
const keyNow = (runtime = '1.30.0') => keyOf(versionOfCode(copy, runtime))

function changeAByte(file: string): void {
  const bytes = readFileSync(join(copy, file))
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(join(copy, file), bytes)
}

test('one byte of any room that decides a result, or another onnxruntime, makes another key', () => {
  const files = [
    'warnings.ts',
    'volume/affine.ts',
    'nifti/read.ts',
    'formats/plan.ts',
    'labels/components.ts',
    'preprocess/normalize.ts',
    'measure/size.ts',
    'picture/views.ts',
    'model/card.ts',
    'network/sliding-window.ts',
    'postprocess/postprocess.ts',
    'quality/result-warnings.ts',
    'dicom/read-series.ts',
    'inference/segment.ts',
  ]
  assert.deepEqual(
    files.map((file) => file.split(/[/.]/)[0]),
    DECIDING_ROOMS,
  )
  const keys = [keyNow(), keyNow('1.31.0')]
  for (const file of files) {
    changeAByte(file)
    keys.push(keyNow())
  }
  renameSync(join(copy, 'volume/affine.ts'), join(copy, 'volume/affinity.ts'))
  keys.push(keyNow())
  assert.equal(new Set(keys).size, files.length + 3)
})

test('the code around them, and tests, change nothing; the same files elsewhere have the same key', () => {
  const before = keyNow()
  for (const file of ['api/app.ts', 'service/worker.ts', 'cli.ts', 'labels/components.test.ts']) changeAByte(file)
  assert.equal(keyNow(), before)
  assert.equal(versionOfCode(SRC, '1.30.0'), versionOfCode(copy, '1.30.0'))
})

test('the version is that of the installed onnxruntime and of every room that training uses, too', () => {
  const path = join(SRC, '../node_modules/onnxruntime-node/package.json')
  const { version } = JSON.parse(readFileSync(path, 'utf8'))
  assert.equal(SERVICE_VERSION, versionOfCode(SRC, version))
  assert.deepEqual(DECIDING_ROOMS, LADDER.slice(LADDER.indexOf('warnings'), LADDER.indexOf('config')))
})
