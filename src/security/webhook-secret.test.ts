import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readConfig } from '../config.ts'
import { readWebhookKeys } from './webhook-secret.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-webhook-'))
after(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'secret')

const secretOf = (bytes: number, fill = 7) => `whsec_${Buffer.alloc(bytes, fill).toString('base64')}`
const HOOK = { ONELABEL_WEBHOOK_URL: 'https://hooks.example.org' }

async function read(environment: Record<string, string>) {
  const config = readConfig(environment)
  assert.ok(config.ok)
  return readWebhookKeys(config.config)
}
async function reasonOf(environment: Record<string, string>): Promise<string> {
  const keys = await read(environment)
  assert.ok(!keys.ok)
  return keys.reason
}

test('the bytes of the base64 are the key', async () => {
  const keys = await read({ ...HOOK, ONELABEL_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })
  assert.ok(keys.ok)
  const hex = keys.value?.map((key) => key.toString('hex'))
  assert.deepEqual(hex, ['31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0']) // base64 -d | xxd -p
})

test('a file is read at each use, and may hold the old secret beside the new one', async () => {
  const settings = { ...HOOK, ONELABEL_WEBHOOK_SECRET_FILE: file }
  writeFileSync(file, `${secretOf(24)}\n`)
  const first = await read(settings)
  writeFileSync(file, `${secretOf(64, 8)}\n${secretOf(24)}\n`)
  const second = await read(settings)
  assert.ok(first.ok && second.ok)
  assert.deepEqual(first.value, [Buffer.alloc(24, 7)])
  assert.deepEqual(second.value, [Buffer.alloc(64, 8), Buffer.alloc(24, 7)])
})

test('without webhook and callbacks no secret is asked for; with one of them it is', async () => {
  assert.deepEqual(await read({}), { ok: true, value: null })
  assert.match(
    await reasonOf(HOOK),
    /^ONELABEL_WEBHOOK_URL: nothing is sent unsigned: set ONELABEL_WEBHOOK_SECRET_FILE/,
  )
  assert.match(
    await reasonOf({ ONELABEL_CALLBACK_HOSTS: 'a.org' }),
    /^ONELABEL_CALLBACK_HOSTS: nothing is sent unsigned/,
  )
})

test('a secret that is short, long, without its prefix or no base64 is refused and not repeated', async () => {
  const wrong = [secretOf(23), secretOf(65), 'hunter2', secretOf(24).slice('whsec_'.length), `${secretOf(32)}=`]
  for (const secret of [...wrong, `whsec_${'-_'.repeat(20)}`, `${secretOf(24)} hunter2`]) {
    const reason = await reasonOf({ ...HOOK, ONELABEL_WEBHOOK_SECRET: secret })
    assert.equal(reason, 'ONELABEL_WEBHOOK_SECRET: a secret is whsec_ and 24 to 64 random bytes in base64')
  }
})

test('an empty file, three secrets, a missing file and two settings are refused by name', async () => {
  const settings = { ...HOOK, ONELABEL_WEBHOOK_SECRET_FILE: file }
  for (const text of ['\n', `${secretOf(24)}\n`.repeat(3)]) {
    writeFileSync(file, text)
    assert.match(await reasonOf(settings), /^ONELABEL_WEBHOOK_SECRET_FILE: holds 1 or 2 secrets, found [03]$/)
  }
  const none = join(folder, 'none')
  const missing = await reasonOf({ ...HOOK, ONELABEL_WEBHOOK_SECRET_FILE: none })
  assert.equal(missing, 'ONELABEL_WEBHOOK_SECRET_FILE: cannot be read (ENOENT)')
  assert.match(
    await reasonOf({ ...settings, ONELABEL_WEBHOOK_SECRET: secretOf(24) }),
    /^ONELABEL_WEBHOOK_SECRET: is set, and/,
  )
})
