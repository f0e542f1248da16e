import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ventriclesAtBoth } from './ventricles-at-both.ts'

/** A row of voxels of 1 mL: `v` fluid of a ventricle, `c` other fluid, `.` tissue. */
function row(text: string) {
  const affine = [10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 1]
  const of = (wanted: string, is: number) => Uint8Array.from(text, (sign) => (wanted.includes(sign) ? is : 0))
  return { labels: { shape: [text.length, 1, 1] as const, affine, data: of('vc', 1) }, found: of('v', 1) }
}
const both = (before: string, after: string) => ventriclesAtBoth(row(before), row(after), 1)

test('a ventricle that took from the tissue has grown', () => {
  assert.deepEqual(both('..vvv...', '.vvvvv..'), [3, 5])
  assert.deepEqual(both('.vvvvv..', '..vvv...'), [5, 3])
})

test('fluid that counts as a ventricle at one date alone has changed nothing', () => {
  assert.deepEqual(both('vvv.ccc', 'vvvvvvv'), [3, 4])
  assert.deepEqual(both('vvvvvvv', 'vvv.ccc'), [4, 3])
})
