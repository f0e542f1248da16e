import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Warning } from '../warnings.ts'
import { oneForEachCause } from './one-for-each-cause.ts'

const coarse = (channel: string, mm: number): Warning => ({
  code: 'coarse-voxels',
  message: `channel ${channel}: voxels are ${mm} mm apart`,
})

test('what two channels show alike is said once with both names, what differs is told of each', () => {
  const tilted: Warning = { code: 'tilted', message: 'channel t1: tilted by 25°' }
  assert.deepEqual(oneForEachCause([coarse('t1', 5), tilted, coarse('flair', 5)]), [
    { code: 'coarse-voxels', message: 'channels t1, flair: voxels are 5 mm apart' },
    tilted,
  ])
  assert.deepEqual(oneForEachCause([coarse('t1', 5), coarse('flair', 6)]), [
    { code: 'coarse-voxels', message: 'channel t1: voxels are 5 mm apart; channel flair: voxels are 6 mm apart' },
  ])
})

test('what has been joined stays as it is, and a message of no channel, too', () => {
  const warnings = [
    coarse('t1', 5),
    coarse('flair', 5),
    coarse('t2', 6),
    { code: 'no-brain', message: '3 mL' } as const,
  ]
  const once = oneForEachCause(warnings)
  assert.equal(once[0]!.message, 'channels t1, flair: voxels are 5 mm apart; channel t2: voxels are 6 mm apart')
  assert.deepEqual(once[1], warnings[3])
  assert.deepEqual(oneForEachCause([once[1]!, coarse('t1', 5)]), [once[1], coarse('t1', 5)])
})

test('what follows from another cause is not said beside it', () => {
  const said = (...codes: Warning['code'][]) =>
    oneForEachCause(codes.map((code) => ({ code, message: code }))).map(({ code }) => code)
  assert.deepEqual(said('hounsfield-units', 'contrast-order', 'tilted'), ['hounsfield-units', 'tilted'])
  assert.deepEqual(said('contrast-order', 'tilted'), ['contrast-order', 'tilted'])
  assert.deepEqual(said('field-of-view-cut', 'implausible'), ['implausible'])
})
