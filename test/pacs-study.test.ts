/**
 * The whole way, with nothing of the tests' in between: a study of T1 and FLAIR is sent to an Orthanc, the service as it is run
 * takes, computes and answers it, and what lies in the archive then is read by pydicom.
 */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dicomToolsMissing, objectFaults } from './fixtures/dicom-checks.ts'
import { dicomSeries, FLAIR, PLANTED, T1 } from './fixtures/dicom-study.ts'
import { assertAsByHand, madeObjects } from './fixtures/made-objects.ts'
import { sendBySCU } from './fixtures/made-study.ts'
import { startWithRule } from './fixtures/one-rule.ts'
import { noOrthanc, startOrthanc } from './fixtures/orthanc.ts'
import { pydicomMissing } from './fixtures/pydicom.ts'
import { until } from './fixtures/service.ts'
import { makeTinyModel } from './fixtures/tiny-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-pacs-study-'))
after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))

interface StudyDocument {
  readonly state: string
  readonly reason: string | null
  readonly job: { readonly id: string } | null
}

test('a study that is sent to Orthanc has its SEG and SR there, of the same patient, equal to the label map', {
  skip: noOrthanc || pydicomMissing || dicomToolsMissing,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  await makeTinyModel(join(folder, 'models'))
  // A box is no brain: strict would park it.
  const service = await startWithRule(t, folder, orthanc, {
    ...{ name: 'brain', model: 'tiny', require: ['t1'], wish: ['flair'], send: ['seg', 'sr'], to: ['back'] },
    ...{ strict: false, seriesQuietS: 1, studyQuietS: 3, capS: 60 },
  })

  mkdirSync(join(folder, 'study'))
  const images = [...dicomSeries(T1), ...dicomSeries(FLAIR)]
  const files = images.map((file, n) => {
    const path = join(folder, 'study', `${n}.dcm`)
    writeFileSync(path, file)
    return path
  })
  sendBySCU(orthanc, files)
  await until(async () => (await orthanc.count()) === files.length + 2)

  let study: StudyDocument | undefined
  await until(async () => {
    const { studies } = (await (await fetch(`${service.base}/v1/pacs/studies`)).json()) as { studies: StudyDocument[] }
    study = studies[0]
    return study?.state === 'done'
  })
  const made = await madeObjects(orthanc, folder)
  assert.deepEqual(
    made.map(({ modality, studyUid, whose }) => [modality, studyUid, whose[0]]),
    [
      ['SEG', '1.2.3', `${PLANTED}-ID`],
      ['SR', '1.2.3', `${PLANTED}-ID`],
    ],
  )
  for (const { path } of made) assert.deepEqual(objectFaults(path), [])

  await assertAsByHand(made[0]!, '1.2.3.1', { base: service.base, images, folder })
  assert.ok(!service.lines.join('\n').includes(PLANTED))
})
