import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { registerHooks } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { startS3 } from '../../test/fixtures/s3-server.ts'
import { readConfig } from '../config.ts'

const loaded: string[] = []
registerHooks({
  resolve(specifier, context, next) {
    loaded.push(specifier)
    return next(specifier, context)
  },
})
const { openEngines } = await import('./engines.ts')

function settings(environment: Record<string, string>) {
  const read = readConfig(environment)
  assert.ok(read.ok)
  return read.config
}

test('with nothing set up, jobs and blobs lie in the data folder, which is made, and nothing of S3 is loaded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onelabel-engines-'))
  const dataDir = join(folder, 'data')
  const { store, blobs } = await openEngines(settings({ ONELABEL_DATA_DIR: dataDir }))
  await Promise.all([store.ping(), blobs.ping()])
  await store.close()
  assert.deepEqual(readdirSync(dataDir).sort(), ['blobs', 'jobs.sqlite'])
  rmSync(folder, { recursive: true })
  const ofS3 = () => loaded.filter((specifier) => /aws-sdk|smithy|s3/.test(specifier))
  assert.deepEqual(ofS3(), [])
  await import('./blobs-s3.ts')
  assert.notEqual(ofS3().length, 0)
})

const folder = mkdtempSync(join(tmpdir(), 'onelabel-engines-'))
after(() => rmSync(folder, { recursive: true }))
const REGION = 'eu-central-1'

/** Nothing of this machine and nobody else's credentials: only what is given here. */
function setEnvironment(given: Record<string, string>): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  const none = join(folder, 'no such file')
  const alone = { AWS_SHARED_CREDENTIALS_FILE: none, AWS_CONFIG_FILE: none, AWS_EC2_METADATA_DISABLED: 'true' }
  Object.assign(process.env, alone, given)
}

async function openS3(endpoint: string) {
  const s3 = { ONELABEL_BLOBS: 's3://scans/jobs', AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: REGION }
  const { store, blobs } = await openEngines(settings({ ONELABEL_DATA_DIR: mkdtempSync(join(folder, 'data-')), ...s3 }))
  after(() => store.close())
  return blobs
}

test('a storage to which no credentials are found is not ready, and says what was tried; the start goes on', async () => {
  const blobs = await openS3('http://127.0.0.1:1')
  setEnvironment({})
  const tried = /AWS_ACCESS_KEY_ID .*shared files .*web identity .*container and instance/
  await assert.rejects(blobs.ping(), faultOf('not-ready', tried))
})

test('the key of the environment signs', async () => {
  const s3 = await startS3('scans', { accessKeyId: 'AKIDENV', secretAccessKey: 'of the environment' }, REGION)
  after(() => s3.close())
  setEnvironment({ AWS_ACCESS_KEY_ID: 'AKIDENV', AWS_SECRET_ACCESS_KEY: 'of the environment' })
  await (await openS3(s3.endpoint)).ping()
  assert.deepEqual(s3.signedBy, ['AKIDENV'])
})

test('credentials of a container are asked for again when they have expired, and the new ones sign', async (t) => {
  const [startMs, hourMs] = [Date.now(), 3_600_000]
  t.mock.timers.enable({ apis: ['Date'], now: startMs })
  const keys = [1, 2].map((n) => ({ accessKeyId: `ASIA${n}`, secretAccessKey: `secret ${n}` }))
  const s3 = await startS3('scans', keys, REGION)
  after(() => s3.close())
  let asked = 0
  const metadata = createServer((_req, res) => {
    const { accessKeyId, secretAccessKey } = keys[asked++]!
    const Expiration = new Date(Date.now() + hourMs).toISOString()
    res.setHeader('Content-Type', 'application/json')
    res.end(
      JSON.stringify({
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: `token ${asked}`,
        Expiration,
      }),
    )
  })
  await new Promise<void>((resolve) => metadata.listen(0, '127.0.0.1', resolve))
  after(() => metadata.close())
  const { port } = metadata.address() as AddressInfo
  setEnvironment({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/of-this-task` })
  const blobs = await openS3(s3.endpoint)
  await blobs.ping()
  await blobs.ping()
  t.mock.timers.setTime(startMs + hourMs + 1)
  await blobs.ping()
  assert.deepEqual(s3.signedBy, ['ASIA1', 'ASIA1', 'ASIA2'])
})
