import assert from 'node:assert/strict'
import { test } from 'node:test'
import { intakeKey } from '../dicom/intake-key.ts'
import { derivedUid, ownSeriesOf } from './derived-uid.ts'
import { isUid } from './dicom-json.ts'
import { isTaken } from './loop-guard.ts'

const input = { instances: { t1: ['1.2', '1.3'], flair: ['1.4'] }, model: 'm', options: { flip: 'average', a: 'b' } }

test('the order in which things came is no part of a key, everything else is', () => {
  const same = intakeKey({
    instances: { flair: ['1.4'], t1: ['1.3', '1.2', '1.3'] },
    model: 'm',
    options: { a: 'b', flip: 'average' },
  })
  const key = intakeKey(input)
  assert.equal(key, same)
  const others = [
    { ...input, instances: { t1: ['1.2'], flair: ['1.4'] } },
    { ...input, instances: { t1: ['1.4'], flair: ['1.2', '1.3'] } },
    { ...input, model: 'n' },
    { ...input, options: {} },
  ].map(intakeKey)
  assert.equal(new Set([key, ...others]).size, 5)
})

test('what is made of an intake has the same UIDs each time, and those of no other', () => {
  const key = intakeKey(input)
  const uids = (['seg', 'sr', 'sc'] as const).flatMap((made) =>
    (['series', 'instance1', 'instance2'] as const).map((level) => derivedUid(key, made, level)),
  )
  assert.equal(new Set(uids).size, 9)
  assert.equal(derivedUid(key, 'seg', 'series'), uids[0])
  assert.notEqual(derivedUid('other', 'seg', 'series'), uids[0])
  for (const uid of uids) {
    assert.ok(isUid(uid) && uid.length <= 64)
    const hex = BigInt(uid.slice('2.25.'.length)).toString(16).padStart(32, '0')
    assert.match(hex, /^.{12}5.{3}[89ab].{15}$/, 'a UUID of version 5')
  }
})

test('MR is taken, unless we made it', () => {
  const mr = { modality: 'MR', manufacturer: 'SIEMENS', seriesInstanceUid: '1.2.3' }
  const none = new Set<string>()
  assert.equal(isTaken(mr, none), true)
  for (const modality of ['SEG', 'SR', 'PR', 'KO', 'SC', 'OT', 'CT', ''])
    assert.equal(isTaken({ ...mr, modality }, none), false)
  assert.equal(isTaken({ ...mr, manufacturer: 'Onelabel 0.1' }, none), false)
  assert.equal(isTaken({ ...mr, seriesInstanceUid: derivedUid('k', 'sc', 'series') }, ownSeriesOf(['k'])), false)
})
