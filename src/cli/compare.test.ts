import assert from 'node:assert/strict'
import { test } from 'node:test'
import { datedScans } from './compare.ts'

const CHANNELS = ['t1', 'flair']

test('a scan without a name is the first channel, others are named', () => {
  assert.deepEqual(datedScans('before', ['a.nii.gz', 'flair=b=c.nii.gz'], CHANNELS), {
    scans: { t1: 'a.nii.gz', flair: 'b=c.nii.gz' },
  })
})

test('a name that no channel has is part of a path, and what stands alone may be a study', () => {
  assert.deepEqual(datedScans('after', ['t2=x.nii.gz'], CHANNELS), {
    scans: { t1: 't2=x.nii.gz' },
    alone: 't2=x.nii.gz',
  })
  assert.deepEqual(datedScans('after', ['t1=x.nii.gz'], CHANNELS), { scans: { t1: 'x.nii.gz' } })
})

test('a missing date, a missing scan and a channel that is given twice are wrong usage', () => {
  assert.throws(() => datedScans('before', [], CHANNELS), /--before <scan> is missing/)
  assert.throws(() => datedScans('before', ['flair='], CHANNELS), /the scan is missing/)
  assert.throws(() => datedScans('after', ['a.nii', 't1=b.nii'], CHANNELS), /--after: t1 is given twice/)
})
