import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createChecks } from './checks.ts'

const GIB = 2 ** 30

function checked(minFreeBytes = GIB) {
  let nowMs = 0
  let freeBytes = 5 * GIB
  const pings: PromiseWithResolvers<void>[] = []
  const asked = { store: 0, disk: 0 }
  const checks = createChecks({
    store: {
      async ping() {
        asked.store++
      },
    },
    blobs: {
      ping() {
        pings.push(Promise.withResolvers<void>())
        return pings.at(-1)!.promise
      },
    },
    dataDir: '/data',
    minFreeBytes,
    async statfs(path) {
      assert.equal(path, '/data')
      asked.disk++
      return { bavail: freeBytes / 4096, bsize: 4096 }
    },
    nowMs: () => nowMs,
  })
  return {
    checks,
    pings,
    asked,
    pass: (ms: number) => {
      nowMs += ms
    },
    fill: (bytes: number) => {
      freeBytes = bytes
    },
  }
}

test('a hundred probes at once ask once, and so do those of the second after the answer', async () => {
  const { checks, pings, asked, pass } = checked()
  const probes = Array.from({ length: 100 }, checks)
  assert.equal(pings.length, 1)
  pass(60_000) // the answer counts from when it came
  pings[0]!.resolve()
  assert.deepEqual(await Promise.all(probes), Array(100).fill([]))
  pass(999)
  await checks()
  assert.deepEqual([pings.length, asked.store, asked.disk], [1, 1, 1])
  pass(1)
  const next = checks()
  pings[1]!.resolve()
  await next
  assert.deepEqual([pings.length, asked.store, asked.disk], [2, 2, 2])
})

test('what does not answer is named, is asked again a second later, and is then forgotten', async () => {
  const { checks, pings, pass } = checked()
  const probe = checks()
  pings[0]!.reject(new Error('away'))
  assert.deepEqual(await probe, ['the blob storage cannot be reached'])
  assert.deepEqual(await checks(), ['the blob storage cannot be reached'])
  pass(1000)
  const next = checks()
  pings[1]!.resolve()
  assert.deepEqual(await next, [])
})

test('what hangs is named in time and is not asked a second time meanwhile', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { checks, pings, pass } = checked()
  for (let i = 0; i < 3; i++) {
    const probe = checks()
    await setImmediate() // the others have answered
    pass(5000)
    t.mock.timers.tick(1000)
    assert.deepEqual(await probe, ['the blob storage cannot be reached'])
  }
  assert.equal(pings.length, 1)
  pings[0]!.resolve()
  await pings[0]!.promise
  assert.deepEqual(await checks(), [])
})

test('a disk with less room than uploads need is a reason, with both numbers, until there is room', async () => {
  const { checks, pings, pass, fill } = checked()
  fill(GIB - 4096)
  const probe = checks()
  pings[0]!.resolve()
  assert.deepEqual(await probe, ['1023 MiB are free on the disk, but uploads need 1 GiB'])
  fill(GIB)
  pass(1000)
  const next = checks()
  pings[1]!.resolve()
  assert.deepEqual(await next, [])
})

test('what is known without asking is said first, and as it is now', async () => {
  const known: string[] = []
  const ping = async () => {}
  const checks = createChecks({ store: { ping }, blobs: { ping }, dataDir: '/', minFreeBytes: 0, known: () => known })
  assert.deepEqual(await checks(), [])
  known.push('the keys are stale')
  assert.deepEqual(await checks(), ['the keys are stale'])
})
