import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultError } from '../errors.ts'
import { createLog } from './log.ts'

const SECRET = 'Doe_Jane_1970'

function linesOf(write: (log: ReturnType<typeof createLog>) => void): { text: string; last: Record<string, unknown> } {
  const lines: string[] = []
  write(createLog('debug', { write: (line) => void lines.push(line) }))
  return { text: lines.join(''), last: JSON.parse(lines.at(-1) ?? '{}') }
}

test('the message of an error that is not a fault is not logged, its type, code and frames are', () => {
  const error = Object.assign(new Error(`ENOENT: no such file /up/${SECRET}.nii`), { code: 'ENOENT', filename: SECRET })
  const { text, last } = linesOf((log) => log.error({ err: error }, 'request failed'))
  assert.ok(!text.includes(SECRET))
  const { type, code, at } = last['err'] as { type: string; code: string; at: string[] }
  assert.deepEqual([type, code], ['Error', 'ENOENT'])
  assert.match(at[0] ?? '', /log\.test\.ts/)
})

test('a message whose second line looks like a frame of the stack is not logged either', () => {
  const error = new Error(`cannot read the header:\n    at ${SECRET} ($&)`)
  const { text, last } = linesOf((log) => log.error({ err: error }, 'request failed'))
  assert.ok(!text.includes(SECRET))
  assert.match((last['err'] as { at: string[] }).at[0] ?? '', /log\.test\.ts/)
})

test('a fault is logged with its kind and message', () => {
  const { last } = linesOf((log) => log.warn({ err: new FaultError('nifti-4d', '4-D with 200 frames') }, 'refused'))
  assert.deepEqual(last['err'], { type: 'FaultError', kind: 'nifti-4d', message: '4-D with 200 frames' })
})

test('the cause of a fault is not logged', () => {
  const fault = new FaultError('nifti-header', 'not a header', { cause: new Error(SECRET) })
  assert.ok(!linesOf((log) => log.warn({ err: fault }, 'refused')).text.includes(SECRET))
})

test('fields that may carry a name are dropped, also two levels down', () => {
  const file = { originalname: SECRET, size: 12 }
  const { text, last } = linesOf((log) =>
    log.info({ file, request: { body: { url: SECRET } }, filename: SECRET }, 'in'),
  )
  assert.ok(!text.includes(SECRET))
  assert.deepEqual(last['file'], { size: 12 })
})

test('a line says when, how bad and what', () => {
  const { last } = linesOf((log) => log.info({ id: 'a' }, 'ready'))
  assert.deepEqual(Object.keys(last), ['level', 'time', 'id', 'msg'])
  assert.equal(last['level'], 'info')
})
