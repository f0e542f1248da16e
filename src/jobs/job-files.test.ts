import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FaultError } from '../errors.ts'
import { asDiskFault, keepOnly, makeJobDir } from './job-files.ts'

test('a full disk or quota is a fault the caller is told of; another error of the file system stays what it is', () => {
  for (const code of ['ENOSPC', 'EDQUOT']) {
    const fault = asDiskFault(Object.assign(new Error('write'), { code }))
    assert.ok(fault instanceof FaultError && fault.fault.kind === 'disk-full')
  }
  const denied = Object.assign(new Error('open'), { code: 'EACCES' })
  assert.equal(asDiskFault(denied), denied)
})

test('the folder of a job can be read by its user alone, and keepOnly leaves one file in it', async () => {
  const jobsDir = mkdtempSync(join(tmpdir(), 'onelabel-files-'))
  const dir = await makeJobDir(jobsDir, 'a')
  assert.equal(statSync(dir).mode & 0o777, 0o700)
  for (const name of ['t1.upload', 'flair.upload', 'labels.nii.gz']) writeFileSync(join(dir, name), name)
  await keepOnly(dir, 'labels.nii.gz')
  assert.deepEqual(readdirSync(dir), ['labels.nii.gz'])
  rmSync(jobsDir, { recursive: true })
})
