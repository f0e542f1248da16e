/** A small part of what bench/fuzz.ts does, by one seed; docs/inputs.md has the figures of the whole. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDraw } from '../bench/fuzz/draw.ts'
import { mutatedNifti } from '../bench/fuzz/mutate-nifti.ts'
import { mutatedOther } from '../bench/fuzz/mutate-others.ts'
import { readHeaders } from '../bench/fuzz/read-headers.ts'
import { sendRequests } from '../bench/fuzz/send-requests.ts'
import { PATIENCE_MS } from './fixtures/patience.ts'

const SEED = 20_261_129

test('300 requests that are almost what is described: every answer is, and none is 5xx but 503', async () => {
  const { statuses, wrong } = await sendRequests(300, SEED, PATIENCE_MS)
  assert.deepEqual(wrong, [])
  // They do not all end at the first check.
  for (const status of [200, 400, 404, 405, 415, 422]) assert.ok(statuses.has(status), String(status))
})

test('2000 NIfTI files that are almost right: each is read, or refused with a code, by both readers alike', async () => {
  const { outcomes, wrong } = await readHeaders(mutatedNifti, 2000, SEED, PATIENCE_MS)
  assert.deepEqual(wrong, [])
  const codes = ['read', 'gzip-corrupt', 'nifti-header', 'nifti-dimensions', 'nifti-spacing', 'nifti-truncated']
  for (const code of codes) assert.ok(outcomes.has(code), code)
})

test('1000 MGH, NRRD and MetaImage files that are almost right: the same', async () => {
  const { outcomes, wrong } = await readHeaders(mutatedOther, 1000, SEED, PATIENCE_MS)
  assert.deepEqual(wrong, [])
  const codes = ['read', 'gzip-corrupt', 'nifti-header', 'nifti-datatype', 'nifti-truncated', 'detached-header']
  for (const code of codes) assert.ok(outcomes.has(code), code)
})

test('the same seed gives the same files', () => {
  const [one, again, other] = [7, 7, 8].map((n) => mutatedNifti(createDraw(SEED, n)))
  assert.deepEqual(one, again)
  assert.notDeepEqual(one, other)
})
