import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { dicomSeries, EDGE, FLAIR, T1 } from '../../test/fixtures/dicom-study.ts'
import { FaultError } from '../errors.ts'
import { checkTogether, oneSeriesOf } from './one-series.ts'
import { packSeries } from './pack-series.ts'
import { readContents } from './read-series.ts'
import { openSources } from './read-sources.ts'

const folder = mkdtempSync(join(tmpdir(), 'pack-'))
after(() => rmSync(folder, { recursive: true }))

const LIMITS = { maxFiles: 200, maxDepth: 2, maxFileBytes: 1e6, maxTotalBytes: 1e7, maxVoxels: 1e6 }

const contents = (files: readonly Buffer[]) =>
  readContents(
    files.map((bytes) => ({ bytes: bytes.length, read: async () => bytes })),
    LIMITS,
  )

/** What is in an archive, and the one series that it stands for. */
async function unpacked(archive: Buffer) {
  const path = join(folder, 'archive.zip')
  writeFileSync(path, archive)
  const open = await openSources([path], LIMITS)
  try {
    const { series } = await readContents(open.sources, LIMITS)
    return { parts: series.length, one: oneSeriesOf(series, open.comment) }
  } finally {
    await open.close()
  }
}

const kindOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (error instanceof FaultError) return error.fault.kind
    throw error
  }
  return null
}

test('a series is packed to the same bytes, in whatever order its files came and whatever lay beside it', async () => {
  const [alone] = (await contents(dicomSeries(T1))).series
  const mixed = (await contents([...dicomSeries(FLAIR), ...dicomSeries(T1).toReversed()])).series
  const archive = await buffer(packSeries(alone!))
  assert.deepEqual(
    await buffer(packSeries(mixed.find(({ seriesInstanceUid }) => seriesInstanceUid === '1.2.3.1')!)),
    archive,
  )
  const { parts, one } = await unpacked(archive)
  assert.deepEqual([parts, one.seriesInstanceUid, one.instances.length], [1, '1.2.3.1', EDGE])
})

test('of two echoes in one series each is packed alone', async () => {
  const second = { ...T1, echoTimeMs: 9, from: EDGE }
  const { series } = await contents([...dicomSeries(T1), ...dicomSeries(second)])
  assert.equal(
    kindOf(() => oneSeriesOf(series)),
    'dicom-several-acquisitions',
  )
  for (const part of series) {
    const { parts, one } = await unpacked(await buffer(packSeries(part)))
    assert.deepEqual([parts, one.facts.echoTimeMs], [1, part.facts.echoTimeMs])
  }
})

test('where an archive holds several parts of a series its comment says which is meant', async () => {
  const { series } = await contents([...dicomSeries(T1), ...dicomSeries({ ...T1, echoTimeMs: 9, from: EDGE })])
  assert.equal(oneSeriesOf(series, '[["echo time","9"]]').facts.echoTimeMs, 9)
  assert.equal(
    kindOf(() => oneSeriesOf(series, '[["echo time","5"]]')),
    'dicom-several-acquisitions',
  )
})

test('two series, and none, are no scan', async () => {
  const { series } = await contents([...dicomSeries(T1), ...dicomSeries(FLAIR)])
  assert.equal(
    kindOf(() => oneSeriesOf(series)),
    'dicom-several-series',
  )
  assert.equal(
    kindOf(() => oneSeriesOf([])),
    'dicom-not-image',
  )
})

test('scans of two patients, or of two studies, are not taken together', () => {
  const one = { patientHash: 'a', studyInstanceUid: '1', frameOfReferenceUid: undefined }
  assert.equal(
    kindOf(() => checkTogether([one, one])),
    null,
  )
  assert.equal(
    kindOf(() => checkTogether([one, { ...one, patientHash: 'b' }])),
    'dicom-several-patients',
  )
  assert.equal(
    kindOf(() => checkTogether([one, { ...one, studyInstanceUid: '2' }])),
    'dicom-several-studies',
  )
})
