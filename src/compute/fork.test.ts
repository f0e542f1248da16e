import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutSecrets } from './fork.ts'

test('the child is given no setting of ours, and no credential of storage, data base or collector', () => {
  const given = {
    PATH: '/usr/bin',
    ORT_DISABLE_TELEMETRY: '1',
    CUDA_VISIBLE_DEVICES: '0',
    ONELABEL_DATABASE_URL: 'postgres://u:p@h/d',
    AWS_SECRET_ACCESS_KEY: 's',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=s',
    PGPASSWORD: 's',
  }
  assert.deepEqual(withoutSecrets(given), { PATH: '/usr/bin', ORT_DISABLE_TELEMETRY: '1', CUDA_VISIBLE_DEVICES: '0' })
})
