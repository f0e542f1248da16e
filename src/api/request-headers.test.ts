import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Request } from 'express'
import { faultOf } from '../../test/fixtures/fault.ts'
import { idempotencyKey, wantsFreshResult } from './request-headers.ts'

const withHeader = (name: string, value: string | undefined) =>
  ({ get: (asked: string) => (asked === name ? value : undefined) }) as Pick<Request, 'get'>

test('an idempotency key may be quoted or bare; the same key either way', () => {
  const key = (value?: string) => idempotencyKey(withHeader('idempotency-key', value))
  assert.deepEqual(
    [key(), key('"abc"'), key(' abc '), key('a'.repeat(255))],
    [undefined, 'abc', 'abc', 'a'.repeat(255)],
  )
  for (const wrong of ['', '""', 'a b', '"a', 'é', 'a'.repeat(256)]) {
    assert.throws(() => key(wrong), faultOf('malformed-request', /255/))
  }
})

test('no-cache asks for a fresh result; max-age and an extension of that name do not', () => {
  const fresh = (value?: string) => wantsFreshResult(withHeader('cache-control', value))
  assert.deepEqual(['no-cache', 'max-age=0, No-Store', 'max-age=60', 'x-no-cache', undefined].map(fresh), [
    true,
    true,
    false,
    false,
    false,
  ])
})
