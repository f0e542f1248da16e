import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { isFault, testBlobs } from '../../test/fixtures/blobs-contract.ts'
import { until } from '../../test/fixtures/service.ts'
import { openDirectoryBlobs } from './blobs-directory.ts'

const dir = mkdtempSync(join(tmpdir(), 'onelabel-blobs-'))
after(() => rmSync(dir, { recursive: true, force: true }))

testBlobs('directory', () => openDirectoryBlobs(join(dir, 'data/blobs')))

test('folders of blobs are for this user only', async () => {
  await openDirectoryBlobs(join(dir, 'mine'))
  assert.equal(statSync(join(dir, 'mine')).mode & 0o777, 0o700)
})

const OTHER_DISK = '/dev/shm'
const otherDisk = existsSync(OTHER_DISK) && statSync(OTHER_DISK).dev !== statSync(dir).dev

test('a file of another disk is copied under its name, and leaves nothing half-written', {
  skip: otherDisk ? false : `${OTHER_DISK} is no other disk than the temporary folder here`,
}, async () => {
  const away = mkdtempSync(join(OTHER_DISK, 'onelabel-blobs-'))
  after(() => rmSync(away, { recursive: true, force: true }))
  const id = randomUUID()
  writeFileSync(join(away, 'upload'), 'from afar')
  const blobs = await openDirectoryBlobs(join(dir, 'blobs'))
  await blobs.put(`${id}/T1w.nii.gz`, join(away, 'upload'))
  assert.deepEqual(readdirSync(away), [])
  assert.deepEqual(readdirSync(join(dir, 'blobs', id)), ['T1w.nii.gz'])
  assert.equal(readFileSync(await blobs.fetch(`${id}/T1w.nii.gz`, dir), 'utf8'), 'from afar')
})

test('a copy from another disk that is aborted ends at once, and leaves nothing half-written', {
  skip: otherDisk ? false : `${OTHER_DISK} is no other disk than the temporary folder here`,
}, async () => {
  const away = mkdtempSync(join(OTHER_DISK, 'onelabel-blobs-'))
  after(() => rmSync(away, { recursive: true, force: true }))
  const [id, upload] = [randomUUID(), join(away, 'upload')]
  writeFileSync(upload, '')
  truncateSync(upload, 2 ** 35) // of holes: it takes no memory, and long to copy
  const blobs = await openDirectoryBlobs(join(dir, 'blobs'))
  const stop = new AbortController()
  const refused = assert.rejects(
    blobs.put(`${id}/T1w.nii.gz`, upload, { signal: stop.signal }),
    (reason) => reason === 'cancel',
  )
  const halves = () => (existsSync(join(dir, 'blobs', id)) ? readdirSync(join(dir, 'blobs', id)) : [])
  await until(() => halves().some((name) => name.endsWith('.part')))
  stop.abort('cancel')
  await refused
  assert.deepEqual(halves(), [])
  assert.ok(existsSync(upload))
})

test('a file that cannot be put whole is not there at all', async () => {
  const blobs = await openDirectoryBlobs(join(dir, 'blobs'))
  const id = randomUUID()
  await assert.rejects(blobs.put(`${id}/T1w.nii.gz`, join(dir, 'no such upload')), /ENOENT/)
  await assert.rejects(blobs.fetch(`${id}/T1w.nii.gz`, dir), isFault('blob-missing'))
})

test('ping of a folder that is gone rejects', async () => {
  const blobs = await openDirectoryBlobs(join(dir, 'lost'))
  rmSync(join(dir, 'lost'), { recursive: true })
  await assert.rejects(blobs.ping())
})
