/** What operations.md tells receivers to run, run on a webhook as it is sent. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { MESSAGE, sendMessage } from './fixtures/delivery.ts'
import { type Received, startReceiver } from './fixtures/webhook-receiver.ts'

const page = readFileSync(join(resolve(import.meta.dirname, '..'), 'docs/operations.md'), 'utf8')
const blockOf = (language: string): string => {
  const [, block] = page.match(new RegExp(`\n\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``)) ?? []
  assert.ok(block)
  return block
}
const secretOf = (key: Buffer): string => `whsec_${key.toString('base64')}`
const SECRET = secretOf(MESSAGE.keys[0]!)

async function delivery(t: TestContext, nowMs = Date.now): Promise<Received> {
  const { origin, received } = await startReceiver(t)
  await sendMessage(origin, { nowMs })
  return received[0]!
}

type Verify = (headers: Received['headers'], body: string, secret: string) => boolean

/** Right, another body, another id, another secret, an hour old: what each verifier must say of them. */
async function holdToRules(t: TestContext, verify: Verify): Promise<void> {
  const { headers, body } = await delivery(t)
  const old = await delivery(t, () => Date.now() - 3_600_000)
  const answers = [
    verify(headers, body, SECRET),
    verify(headers, `${body} `, SECRET),
    verify({ ...headers, 'webhook-id': 'job-2:webhook' }, body, SECRET),
    verify(headers, body, secretOf(Buffer.alloc(32, 2))),
    verify(old.headers, old.body, SECRET),
  ]
  assert.deepEqual(answers, [true, false, false, false, false])
}

test('the lines for Node accept a webhook that was sent, and nothing else', async (t) => {
  const { isFromOnelabel } = await import(`data:text/javascript,${encodeURIComponent(blockOf('js'))}`)
  await holdToRules(t, isFromOnelabel)
  const { headers, body } = await delivery(t)
  const both = { ...headers, 'webhook-signature': `v1,AAAA ${headers['webhook-signature']}` }
  assert.deepEqual([isFromOnelabel(both, body, SECRET), isFromOnelabel({}, body, SECRET)], [true, false])
})

const noPython = spawnSync('python3', ['--version']).status === 0 ? false : 'python3 is not installed'

test('the lines for Python do so, too', { skip: noPython }, async (t) => {
  const ask = 'import json, sys\nh, b, s = json.load(sys.stdin)\nprint(is_from_onelabel(h, b.encode(), s))'
  await holdToRules(t, (...input) => {
    const options = { input: JSON.stringify(input), encoding: 'utf8' } as const
    const { stdout, stderr } = spawnSync('python3', ['-c', `${blockOf('python')}\n\n${ask}`], options)
    assert.match(stdout, /^(True|False)\n$/, stderr)
    return stdout === 'True\n'
  })
})
