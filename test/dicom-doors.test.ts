/**
 * A DICOM study through every door of the service as it is run, and of the command line: the label map, and what goes back into the
 * study. What a header says of anybody goes into those objects and into the page to print, and nowhere else.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import type { Report } from '../src/inference/report.ts'
import { readNifti } from '../src/nifti/read.ts'
import { dicomToolsMissing, objectFaults } from './fixtures/dicom-checks.ts'
import { dicomSeries, FLAIR, intensityAt, type MadeScan, PLANTED, SLICE_MM, T1 } from './fixtures/dicom-study.ts'
import { buildNifti } from './fixtures/nifti.ts'
import { popplerMissing, textOf } from './fixtures/poppler.ts'
import { pydicom, pydicomMissing } from './fixtures/pydicom.ts'
import { type RealService, startRealService } from './fixtures/real-service.ts'
import { makeTinyModel } from './fixtures/tiny-model.ts'
import { zipped } from './fixtures/zipped.ts'

const CLI = resolve(import.meta.dirname, '../src/cli.ts')
const KINDS = ['seg', 'sr', 'sc'] as const
const STUDY = [...dicomSeries(T1), ...dicomSeries(FLAIR)]
const LIMITS = { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 1e6 }

let folder: string
let service: RealService
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-doors-'))
  await makeTinyModel(join(folder, 'models'))
  mkdirSync(join(folder, 'study'))
  for (const [n, file] of STUDY.entries()) writeFileSync(join(folder, 'study', `${n}.dcm`), file)
  service = await startRealService({
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_THREADS: '1',
    ONELABEL_LOG_LEVEL: 'debug',
  })
  await service.ready()
})
after(async () => {
  await service.end('SIGTERM')
  rmSync(folder, { recursive: true, maxRetries: 10 })
})

interface Answer {
  readonly status: number
  readonly type: string | null
  readonly location: string | null
  readonly bytes: Buffer
}

async function post(
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
  query = '',
): Promise<Answer> {
  return answerOf(await fetch(`${service.base}/v1/segmentations${query}`, { method: 'POST', body, headers }))
}

async function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return answerOf(await fetch(`${service.base}${path}`, { headers }))
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response
  const bytes = Buffer.from(await response.arrayBuffer())
  return { status, type: headers.get('content-type'), location: headers.get('location'), bytes }
}

const codeOf = ({ bytes }: Answer): string => JSON.parse(bytes.toString()).code

function form(
  parts: readonly (readonly [name: string, file: Buffer])[],
  fields: Record<string, string> = {},
): FormData {
  const made = new FormData()
  for (const [name, file] of parts)
    made.append(name, new Blob([Uint8Array.from(file)], { type: 'application/dicom' }), 'x')
  for (const [name, value] of Object.entries(fields)) made.append(name, value)
  return made
}

const asStudy = (files: readonly Buffer[]) => form(files.map((file) => ['dicom', file]))
const archiveOf = async (scan: MadeScan) => zipped(dicomSeries(scan))

function related(files: readonly Buffer[]): Buffer {
  const head = '--edge\r\nContent-Type: application/dicom\r\n\r\n'
  return Buffer.concat([
    ...files.flatMap((file) => [Buffer.from(head), file, Buffer.from('\r\n')]),
    Buffer.from('--edge--\r\n'),
  ])
}

/** Label by SOP instance UID as pydicom sees it: [uid, the numbers of row after row]. */
const BY_INSTANCE = `
s = pydicom.dcmread(args[0])
px, out = s.pixel_array, {}
for n, f in enumerate(s.PerFrameFunctionalGroupsSequence):
    uid = f.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
    number = f.SegmentIdentificationSequence[0].ReferencedSegmentNumber
    out[uid] = (np.array(out.get(uid, np.zeros(px[n].size, int))) + number * px[n].ravel()).tolist()
print(json.dumps([str(s.PatientName), s.StudyInstanceUID, out]))
`

let study: Answer

test('a study as a zip gives the label map, and beside it three objects of the study', async () => {
  study = await post(form([['dicom', await zipped(STUDY)]]))
  assert.deepEqual([study.status, study.type], [200, 'application/gzip'])
  for (const kind of KINDS) {
    const { status, type, bytes } = await get(`${study.location}/${kind}`)
    assert.deepEqual([status, type, bytes.toString('latin1', 128, 132)], [200, 'application/dicom', 'DICM'])
    writeFileSync(join(folder, `${kind}.dcm`), bytes)
  }
  const { report } = JSON.parse((await get(study.location!)).bytes.toString()) as { report: Report }
  assert.deepEqual([report.objects, report.usedChannels, report.gridChannel], [KINDS, ['t1', 'flair'], 't1'])
  const { shape, spacingMm, orientation, affineSource } = report.input['t1']!
  assert.deepEqual([shape, spacingMm, orientation, affineSource], [[24, 24, 24], [1, 1, SLICE_MM], 'LPS', 'dicom'])
  // The lesion lies 2 to 3 mm to the left of the middle, at voxels 13 to 15 of 24: left is negative in RAS+.
  const [lesion] = report.lesions.list!
  assert.ok(lesion!.centroidMm[0] < -1 && lesion!.centroidMm[0] > -4, String(lesion!.centroidMm))
})

test('an independent reader finds the label map in the segmentation, instance by instance, in the right study', {
  skip: pydicomMissing,
}, async () => {
  writeFileSync(join(folder, 'labels.nii.gz'), study.bytes)
  const { volume } = await readNifti(join(folder, 'labels.nii.gz'), LIMITS)
  const [name, uid, found] = pydicom(BY_INSTANCE, [join(folder, 'seg.dcm')]) as [
    string,
    string,
    Record<string, number[]>,
  ]
  assert.deepEqual([name, uid], [`${PLANTED}^NAME`, '1.2.3'])
  assert.ok(volume.data.includes(1) && volume.data.includes(2))
  for (let k = 0; k < 24; k++) {
    const slice = Array.from(volume.data.subarray(576 * k, 576 * (k + 1)))
    assert.deepEqual(found[`1.2.3.1.${k + 1}`] ?? new Array(576).fill(0), slice, `slice ${k}`)
  }
})

test('no checker has anything against the objects', { skip: dicomToolsMissing }, () => {
  for (const kind of KINDS) assert.deepEqual(objectFaults(join(folder, `${kind}.dcm`)), [])
})

test('through every other door the same study is the same result, found again and not computed', async () => {
  const seg = (await get(`${study.location}/seg`)).bytes
  const accept = { Accept: 'application/dicom' }
  const answers = [
    await post(asStudy(STUDY.toReversed()), accept),
    await post(Uint8Array.from(await zipped(STUDY)), { ...accept, 'Content-Type': 'application/zip' }),
    await post(Uint8Array.from(related(STUDY)), {
      ...accept,
      'Content-Type': 'multipart/related; type="application/dicom"; boundary=edge',
    }),
  ]
  for (const { status, type, bytes } of answers) {
    assert.deepEqual([status, type], [200, 'application/dicom'])
    assert.ok(bytes.equals(seg))
  }
  assert.match((await get('/metrics')).bytes.toString(), /^onelabel_cache_requests_total\{result="hit"\} 3$/m)
})

test('the page to print names the patient as the study does, and has the volumes of the report', {
  skip: popplerMissing,
}, async () => {
  const accept = { Accept: 'application/pdf' }
  const page = await post(asStudy(STUDY), accept)
  assert.deepEqual([page.status, page.type], [200, 'application/pdf'])
  // A result that is found again has a copy of the same page.
  const again = await post(asStudy(STUDY), accept)
  assert.deepEqual([again.status, again.bytes.equals(page.bytes)], [200, true])
  const { report } = JSON.parse((await get(study.location!)).bytes.toString()) as { report: Report }
  const text = textOf(page.bytes)
  assert.match(text, new RegExp(`Patient: ${PLANTED}\\^NAME`))
  for (const { name, voxels, volumeMl } of report.labels.slice(1)) {
    assert.match(text, new RegExp(`${name} +${volumeMl!.toFixed(3)}0* mL\n.*\\b${voxels} voxels`))
  }
  assert.match(text, new RegExp(`count +${report.lesions.count}\n`))
  for (const { code } of report.warnings) assert.ok(text.includes(`(${code})`))
})

test('two series sent by their channels give the label map of the study', async () => {
  const parts = [['t1', await archiveOf(T1)] as const, ['flair', await archiveOf(FLAIR)] as const]
  const { status, bytes } = await post(form(parts))
  assert.deepEqual([status, bytes.equals(study.bytes)], [200, true])
  const raw = await post(Uint8Array.from(await archiveOf(T1)), { 'Content-Type': 'application/zip' }, '?channel=t1')
  assert.equal(raw.status, 200)
})

test('what belongs to two patients or two days is refused before there is a job, by whichever door', async () => {
  const others = [
    [{ ...FLAIR, patientId: 'another' }, 'dicom-several-patients'],
    [{ ...FLAIR, studyUid: '1.2.4' }, 'dicom-several-studies'],
  ] as const
  for (const [other, code] of others) {
    const answers = [
      await post(form([['t1', await archiveOf(T1)], ['flair', await archiveOf(other)]])), // biome-ignore format: a line
      await post(asStudy([...dicomSeries(T1), ...dicomSeries(other)])),
    ]
    for (const answer of answers) assert.deepEqual([answer.status, codeOf(answer), answer.location], [422, code, null])
  }
})

test('a DICOM series and a NIfTI file are taken together; objects are written where the grid is that of the series', async () => {
  const data = Array.from({ length: 24 ** 3 }, (_, at) =>
    intensityAt(at % 24, Math.floor(at / 24) % 24, Math.floor(at / 576)),
  )
  const srow = [-1, 0, 0, 11.5, 0, -1, 0, 11.5, 0, 0, SLICE_MM, 0]
  const nifti = buildNifti({
    dim: [3, 24, 24, 24],
    pixdim: [1, 1, 1, SLICE_MM],
    sformCode: 1,
    srow,
    xyztUnits: 2,
    data,
  })
  const parts = [['t1', await archiveOf(T1)] as const, ['flair', nifti] as const]
  for (const [grid, status] of [
    ['t1', 200],
    ['flair', 404],
  ] as const) {
    const answer = await post(form(parts, { grid }))
    assert.equal(answer.status, 200)
    assert.equal((await get(`${answer.location}/seg`)).status, status)
    if (grid === 't1') assert.ok(answer.bytes.equals(study.bytes))
  }
})

test('two series of different frames of reference are taken, and the report says so', async () => {
  const parts = [
    ['t1', await archiveOf(T1)] as const,
    ['flair', await archiveOf({ ...FLAIR, frameUid: '1.2.8' })] as const,
  ]
  const { bytes } = await post(form(parts), { Accept: 'application/json' })
  const report = JSON.parse(bytes.toString()) as Report
  assert.ok(report.warnings.some(({ code }) => code === 'frames-differ'))
  const same = JSON.parse((await get(study.location!)).bytes.toString()).report as Report
  assert.ok(!same.warnings.some(({ code }) => code === 'frames-differ'))
})

test('what cannot be read as asked is refused by its code, and a gap in a series before it waits its turn', async () => {
  const t1 = await archiveOf(T1)
  const gap = dicomSeries(T1).filter((_, k) => k !== 11)
  const answers: readonly (readonly [Answer, string])[] = [
    [await post(form([['t1', await zipped(STUDY)]])), 'dicom-several-series'],
    [await post(form([['t1', await zipped(gap)]])), 'dicom-missing-slice'],
    [await post(asStudy(gap)), 'dicom-missing-slice'],
    [await post(form([['t1', t1]], { affine: 'qform' })), 'nifti-no-affine'],
    [await post(form([['t1', t1], ['dicom', t1]])), 'malformed-request'], // biome-ignore format: a line
    [await post(form([['dicom', Buffer.from('no DICOM')]])), 'not-dicom'],
    [await post(asStudy([t1, ...STUDY])), 'zip-refused'],
    [await post('--edge--\r\n', { 'Content-Type': 'multipart/related; boundary=edge' }), 'no-scan'],
    [await post('--edge\r\n', { 'Content-Type': 'multipart/related; boundary=edge' }), 'malformed-multipart'],
    [await post('x', { 'Content-Type': 'multipart/related' }), 'malformed-multipart'],
    [
      await post('--edge\r\nContent-Type: application/dicom+json\r\n\r\n[]\r\n--edge--\r\n', {
        'Content-Type': 'multipart/related; boundary=edge',
      }),
      'unsupported-media-type',
    ],
  ]
  for (const [answer, code] of answers) assert.deepEqual([codeOf(answer), answer.location], [code, null])
})

test('an age that is none is left out of the objects, and the report says which attribute it was', async () => {
  const { location } = await post(form([['t1', await archiveOf({ ...T1, age: '0Y' })]]))
  const { report } = JSON.parse((await get(location!)).bytes.toString()) as { report: Report }
  const repaired = report.warnings.find(({ code }) => code === 'dicom-repaired')
  assert.match(repaired!.message, /left out of what is written of the series: PatientAge \(1\)/)
  assert.ok(!(await get(`${location}/seg`)).bytes.includes('0Y'))
})

test('a label map as a segmentation is another object than one of bits', async () => {
  const { location } = await post(form([['t1', await archiveOf(T1)]], { seg: 'labelmap' }))
  const { bytes } = await get(`${location}/seg`)
  assert.ok(bytes.includes('LABELMAP') && !bytes.includes('BINARY'))
})

test('the command line writes the same into a folder, each file whole', async () => {
  const out = join(folder, 'out')
  const run = spawnSync(
    process.execPath,
    [
      CLI,
      'segment',
      join(folder, 'study'),
      '-o',
      out,
      '--models',
      join(folder, 'models'),
      '--threads',
      '1',
      '--device',
      'cpu',
    ],
    { encoding: 'utf8' },
  )
  assert.equal(run.status, 0, run.stderr)
  assert.deepEqual(readdirSync(out).sort(), ['labels.nii.gz', 'report.json', 'sc.dcm', 'seg.dcm', 'sr.dcm'])
  assert.ok(readFileSync(join(out, 'labels.nii.gz')).equals(study.bytes))
  const uids = (path: string) =>
    readFileSync(path)
      .toString('latin1')
      .match(/2\.25\.\d+/g)
  assert.deepEqual(uids(join(out, 'seg.dcm')), uids(join(folder, 'seg.dcm')))
  assert.ok(!`${run.stdout}${run.stderr}${readFileSync(join(out, 'report.json'), 'utf8')}`.includes(PLANTED))
})

test('nothing that a header says of anybody is in the log, a report, a metric or a file name', async () => {
  const told = [
    service.lines.join('\n'),
    (await get('/metrics')).bytes.toString(),
    (await get('/v1/segmentations')).bytes.toString(),
    readdirSync(join(folder, 'data'), { recursive: true }).join('\n'),
  ]
  assert.ok(service.lines.length > 20)
  for (const text of told) assert.ok(!text.includes(PLANTED))
  // The objects do hold it: what was looked for is what was sent.
  assert.ok(readFileSync(join(folder, 'seg.dcm')).includes(`${PLANTED}^NAME`))
  assert.ok(!existsSync(join(folder, 'data/incoming')) || readdirSync(join(folder, 'data/incoming')).length === 0)
})
