import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { readConfig, SETTINGS } from './config.ts'

function faultsOf(environment: Record<string, string>): readonly string[] {
  const result = readConfig(environment)
  return result.ok ? [] : result.faults
}

test('without a single variable the service listens on 127.0.0.1:8080 with the bundled models', () => {
  const result = readConfig({})
  assert.ok(result.ok)
  assert.equal(result.config.port, 8080)
  assert.equal(result.config.host, '127.0.0.1')
  assert.equal(result.config.device, 'auto')
  assert.equal(result.config.modelsDir, resolve(import.meta.dirname, '../models'))
  assert.ok(Object.isFrozen(result.config))
})

test('seconds in the environment are milliseconds in the config', () => {
  const result = readConfig({ ONELABEL_JOB_TIMEOUT_S: '90' })
  assert.ok(result.ok)
  assert.equal(result.config.jobTimeoutMs, 90_000)
})

test('every fault is reported at once, with what was found', () => {
  const faults = faultsOf({ ONELABEL_PORT: '70000', ONELABEL_DEVICE: 'gpu', ONELABEL_MAX_VOXELS: '1e9', HOME: '/' })
  assert.equal(faults.length, 3)
  assert.match(faults.join('\n'), /ONELABEL_PORT: must be a whole number from 0 to 65535, found "70000"/)
  assert.match(faults.join('\n'), /ONELABEL_DEVICE: must be one of auto, cpu, cuda, webgpu, found "gpu"/)
  assert.match(faults.join('\n'), /ONELABEL_MAX_VOXELS: must be a whole number from 1 to 8589934592, found "1e9"/)
})

test('a misspelt setting is a fault, not a default', () => {
  assert.match(faultsOf({ ONELABEL_PROT: '8081' })[0] ?? '', /^ONELABEL_PROT: no such setting; there are ONELABEL_PORT/)
})

test('an empty value is a fault for every setting', () => {
  const empty = Object.fromEntries(Object.values(SETTINGS).map(({ env }) => [env, '']))
  assert.equal(faultsOf(empty).length, Object.keys(SETTINGS).length)
})

test('every setting has its own name and a line of documentation', () => {
  const settings = Object.values(SETTINGS)
  assert.equal(new Set(settings.map((s) => s.env)).size, settings.length)
  for (const { env, docs } of settings) assert.ok(docs.length > 10, env)
})

test('a secret that is malformed is named but not repeated', () => {
  const read = readConfig({ ONELABEL_DATABASE_URL: 'mysql://me:hunter2@db/jobs' })
  assert.ok(!read.ok)
  assert.match(read.faults.join(), /^ONELABEL_DATABASE_URL: must be postgres:/)
  assert.ok(!read.faults.join().includes('hunter2'))
  for (const env of ['ONELABEL_WEBHOOK_URL', 'ONELABEL_WEBHOOK_SECRET']) {
    assert.match(faultsOf({ [env]: '' }).join(), new RegExp(`^${env}: must be .*, found something else$`))
  }
  assert.ok(!faultsOf({ ONELABEL_WEBHOOK_URL: 'ftp://hooks/hunter2' }).join().includes('hunter2'))
})

test('a base path is one that nothing of ours begins with, and / is none', () => {
  const read = (path: string) => {
    const result = readConfig({ ONELABEL_BASE_PATH: path })
    return result.ok ? result.config.basePath : undefined
  }
  assert.deepEqual(['/', '/onelabel', '/mri/label-maps.v2'].map(read), ['', '/onelabel', '/mri/label-maps.v2'])
  const wrong = [
    'onelabel',
    '/onelabel/',
    '//x',
    '/a/../b',
    '/a b',
    '/:id',
    '/v1',
    '/V1/x',
    '/metrics',
    'https://a.org/x',
  ]
  for (const path of wrong) assert.equal(read(path), undefined, path)
})
