/** A study that is found and fetched by DICOMweb alone, and its results in three archives, each on its own way. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dicomSeries, FLAIR, PLANTED, T1 } from './fixtures/dicom-study.ts'
import { assertAsByHand, madeObjects } from './fixtures/made-objects.ts'
import { sendBySCU } from './fixtures/made-study.ts'
import { noOrthanc, startOrthanc } from './fixtures/orthanc.ts'
import { openPacsSite } from './fixtures/pacs-site.ts'
import { foundIn } from './fixtures/planted.ts'
import { pydicomMissing } from './fixtures/pydicom.ts'
import { until } from './fixtures/service.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-pacs-copies-'))
after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))

const LOCAL = '127.0.0.1'
/** Nobody calls back. */
const NO_PORT = 104

test('from QIDO-RS and WADO-RS to STOW-RS, a second PACS by STOW-RS and a third by C-STORE: the same SEG and SR in each', {
  skip: noOrthanc || pydicomMissing,
}, async (t) => {
  const second = await startOrthanc(t)
  const third = await startOrthanc(t, {
    aet: 'FAR',
    more: { DicomModalities: { gateway: ['TESTPACS', LOCAL, NO_PORT] } },
  })
  const DicomModalities = { sender: ['STORESCU', LOCAL, NO_PORT], far: ['FAR', LOCAL, third.dicomPort] }
  const site = await openPacsSite(t, {
    orthanc: { more: { DicomModalities } },
    peers: ({ url, dicomWebUrl }) => ({
      source: { kind: 'dicomweb', url: dicomWebUrl },
      destinations: [
        { name: 'back', kind: 'stow', url: dicomWebUrl },
        { name: 'copy', kind: 'stow', url: second.dicomWebUrl },
        { name: 'onward', kind: 'orthanc', url, modality: 'far', verify: 'find' },
      ],
    }),
  })
  const { orthanc } = site
  // Studies are searched for by the days that are not long ago.
  const [now, two] = [new Date(), (n: number) => String(n).padStart(2, '0')]
  const studyDate = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  const images = [T1, FLAIR].flatMap((scan) => dicomSeries({ ...scan, studyDate }))
  mkdirSync(join(folder, 'study'))
  const files = images.map((image, n) => {
    const path = join(folder, 'study', `${n}.dcm`)
    writeFileSync(path, image)
    return path
  })
  sendBySCU(orthanc, files)

  const service = await site.start({ NODE_OPTIONS: '', ONELABEL_LOG_LEVEL: 'debug' })
  await service.ready()
  await until(() => site.delivered().length === 1 && site.openEffects().length === 0)
  await until(() => site.studies().every(({ state }) => state === 'done'))
  t.diagnostic(
    site
      .delivered()
      .map(({ atMs, lastImageAtMs }) => `${(atMs - lastImageAtMs) / 1000} s`)
      .join(),
  )

  const archives = { back: orthanc, copy: second, onward: third }
  const found = await Promise.all(
    Object.entries(archives).map(async ([name, archive]) => {
      mkdirSync(join(folder, name))
      return madeObjects(archive, join(folder, name))
    }),
  )
  const [back, ...copies] = found.map((objects) => objects.map(({ path: _, ...object }) => object))
  for (const copy of copies) assert.deepEqual(copy, back)
  const whose = [`${PLANTED}-ID`, `${PLANTED}^NAME`, '19860102', PLANTED]
  assert.deepEqual(
    back!.map((object) => [object.modality, object.studyUid, object.whose]),
    [
      ['SEG', '1.2.3', whose],
      ['SR', '1.2.3', whose],
    ],
  )
  assert.deepEqual(await Promise.all([orthanc, second, third].map((each) => each.count())), [images.length + 2, 2, 2])
  await assertAsByHand(found[0]![0]!, '1.2.3.1', { base: service.base, images, folder })

  const exposed = await (await fetch(`${service.base}/metrics`)).text()
  const given = back!.flatMap(({ seriesUid, sopUid }) => [seriesUid, sopUid])
  const told = { log: service.lines.join('\n'), metrics: exposed }
  assert.deepEqual(foundIn(told, [PLANTED, '1.2.3.1', '1.2.3.2', ...given]), [])
})
