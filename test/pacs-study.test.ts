/**
 * The whole way, with nothing of the tests' in between: a study of T1 and FLAIR is sent to an Orthanc, the service as it is run
 * takes, computes and answers it, and what lies in the archive then is read by pydicom.
 */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readNifti } from '../src/nifti/read.ts'
import { dicomToolsMissing, objectFaults } from './fixtures/dicom-checks.ts'
import { dicomSeries, EDGE, FLAIR, PLANTED, T1 } from './fixtures/dicom-study.ts'
import { sendBySCU } from './fixtures/made-study.ts'
import { noOrthanc, startOrthanc } from './fixtures/orthanc.ts'
import { pydicom, pydicomMissing } from './fixtures/pydicom.ts'
import { startRealService } from './fixtures/real-service.ts'
import { until } from './fixtures/service.ts'
import { makeTinyModel } from './fixtures/tiny-model.ts'
import { zipped } from './fixtures/zipped.ts'

const LIMITS = { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 1e6 }

const folder = mkdtempSync(join(tmpdir(), 'onelabel-pacs-study-'))
after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))

interface StudyDocument {
  readonly state: string
  readonly reason: string | null
  readonly job: { readonly id: string } | null
}

/** [modality, study, patient, and of a segmentation the label of each voxel by SOP instance] */
const LOOK = `
out = []
for path in args:
    s = pydicom.dcmread(path)
    counts = None
    if s.Modality == 'SEG':
        counts = {}
        for n, f in enumerate(s.PerFrameFunctionalGroupsSequence):
            uid = f.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
            number = f.SegmentIdentificationSequence[0].ReferencedSegmentNumber
            px = s.pixel_array if s.NumberOfFrames > 1 else s.pixel_array[None]
            counts[uid] = (np.array(counts.get(uid, np.zeros(px[n].size, int))) + number * px[n].ravel()).tolist()
    out.append([s.Modality, s.StudyInstanceUID, str(s.PatientID), counts])
print(json.dumps(sorted(out)))
`

test('a study that is sent to Orthanc has its SEG and SR there, of the same patient, equal to the label map', {
  skip: noOrthanc || pydicomMissing || dicomToolsMissing,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  await makeTinyModel(join(folder, 'models'))
  const config = {
    sources: [{ name: 'gateway', kind: 'orthanc', url: orthanc.url, everyS: 1, from: 'beginning' }],
    destinations: [{ name: 'back', kind: 'stow', url: orthanc.dicomWebUrl }],
    // A box is no brain: strict would park it.
    rules: [
      {
        ...{ name: 'brain', model: 'tiny', require: ['t1'], wish: ['flair'], send: ['seg', 'sr'], to: ['back'] },
        ...{ strict: false, seriesQuietS: 1, studyQuietS: 3, capS: 60 },
      },
    ],
  }
  writeFileSync(join(folder, 'pacs.json'), JSON.stringify(config))
  const service = await startRealService({
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_PACS_CONFIG: join(folder, 'pacs.json'),
    ONELABEL_THREADS: '1',
    ONELABEL_LOG_LEVEL: 'debug',
  })
  t.after(() => service.end('SIGTERM'))
  await service.ready()

  mkdirSync(join(folder, 'study'))
  const files = [...dicomSeries(T1), ...dicomSeries(FLAIR)].map((file, n) => {
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
  const instances = (await orthanc.get('/instances?expand')) as {
    ID: string
    MainDicomTags: { SOPInstanceUID: string }
  }[]
  const made: string[] = []
  for (const { ID, MainDicomTags } of instances) {
    if (MainDicomTags.SOPInstanceUID.startsWith('1.2.3.')) continue
    const file = await fetch(new URL(`/instances/${ID}/file`, orthanc.url))
    made.push(join(folder, `${ID}.dcm`))
    writeFileSync(made.at(-1)!, Buffer.from(await file.arrayBuffer()))
  }
  const seen = pydicom(LOOK, made) as [string, string, string, Record<string, number[]> | null][]
  assert.deepEqual(
    seen.map(([modality, uid, patient]) => [modality, uid, patient]),
    [
      ['SEG', '1.2.3', `${PLANTED}-ID`],
      ['SR', '1.2.3', `${PLANTED}-ID`],
    ],
  )
  for (const path of made) assert.deepEqual(objectFaults(path), [])

  // The same study by hand, whose way to a label map other tests hold.
  const body = Uint8Array.from(await zipped([...dicomSeries(T1), ...dicomSeries(FLAIR)]))
  const answer = await fetch(`${service.base}/v1/segmentations`, {
    ...{ method: 'POST', headers: { 'Content-Type': 'application/zip' }, body },
  })
  assert.equal(answer.status, 200)
  writeFileSync(join(folder, 'labels.nii.gz'), Buffer.from(await answer.arrayBuffer()))
  const { data } = (await readNifti(join(folder, 'labels.nii.gz'), LIMITS)).volume
  assert.ok(data.includes(1) && data.includes(2))
  for (let k = 0; k < EDGE; k++) {
    const slice = Array.from(data.subarray(EDGE ** 2 * k, EDGE ** 2 * (k + 1)))
    assert.deepEqual(seen[0]![3]![`1.2.3.1.${k + 1}`] ?? new Array(EDGE ** 2).fill(0), slice, `slice ${k}`)
  }
  assert.ok(!service.lines.join('\n').includes(PLANTED))
})
