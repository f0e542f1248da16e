import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeTinyModel, tinyHead, tinyScan } from '../../test/fixtures/tiny-model.ts'
import { FaultError } from '../errors.ts'
import { type Model, readModel } from '../model/registry.ts'
import { type OpenEngine, openEngine } from '../network/ort.ts'
import { readNifti } from '../nifti/read.ts'
import { WARNINGS, type WarningRow } from '../warnings.ts'
import { segmentFiles } from './segment-files.ts'

const limits = { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 1e6 }

let folder: string
let model: Model
let open: OpenEngine
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onelabel-'))
  model = await readModel((await makeTinyModel(folder)).folder)
  open = await openEngine(model.weightsPath, model.card, { device: 'cpu', threads: 1 })
  await writeFile(join(folder, 't1.nii'), tinyScan())
})
after(async () => {
  await open.close()
  await rm(folder, { recursive: true })
})

test('a file goes in, the label map and the report come out', async () => {
  const outPath = join(folder, 'labels.nii.gz')
  const report = await segmentFiles({ scans: { t1: join(folder, 't1.nii') }, model, outPath, limits }, open)
  const written = await readNifti(outPath, limits)
  assert.deepEqual(Uint8Array.from(written.volume.data), tinyHead(24).labels)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.part')),
    [],
  )

  // 12³ = 1728 voxels of head, 4³ = 64 of them lesion, 1 µL each, centred between voxels 11 and 12.
  const { timingsMs, labels, warnings, ...rest } = report
  const { lesions } = report
  assert.ok(Math.abs(lesions.list![0]!.confidence! - expectedConfidence()[2]!) <= 1 / 510)
  const [, tissueCode, lesionCode] = model.card.labels.map(({ code }) => code)
  assert.deepEqual(
    labels.map(({ confidence: _, ...label }) => label),
    [
      { value: 0, name: 'background', assessable: true, voxels: 13824 - 1728, volumeMl: 12.096 },
      { value: 1, name: 'brain tissue', code: tissueCode, assessable: true, voxels: 1664, volumeMl: 1.664 },
      { value: 2, name: 'lesion', code: lesionCode, assessable: true, voxels: 64, volumeMl: 0.064 },
    ],
  )
  // Softmax of 0, x + 2.5, 2x (tiny-model.ts) at the z-scores of 0, 100 and 200: bytes, so right to 1/510.
  for (const [value, confidence] of expectedConfidence().entries()) {
    assert.ok(
      Math.abs(labels[value]!.confidence! - confidence) <= 1 / 510,
      `${labels[value]!.confidence} ${confidence}`,
    )
  }
  assert.deepEqual(rest, {
    model: { id: 'tiny', version: '0.0.1', sha256: model.card.weights.sha256 },
    device: 'cpu',
    lesions: {
      assessable: true,
      count: 1,
      totalMl: 0.064,
      largestMl: 0.064,
      // 4 mm a side; face centres farthest apart lie (4, 3, 3) mm from each other
      list: [
        {
          ...{ label: 2, voxels: 64, volumeMl: 0.064, centroidMm: [11.5, 11.5, 11.5] },
          ...{ boxMm: { min: [9.5, 9.5, 9.5], max: [13.5, 13.5, 13.5] }, diameterMm: Math.sqrt(34) },
          confidence: lesions.list![0]!.confidence,
          // the model knows no CSF, grey or white matter
          ...{ place: null, toVentricleMm: null, toCortexMm: null },
        },
      ],
      places: null,
    },
    input: {
      t1: {
        shape: [24, 24, 24],
        spacingMm: [1, 1, 1],
        orientation: 'RAS',
        affineSource: 'sform',
        sha256: createHash('sha256').update(tinyScan()).digest('hex'),
      },
    },
    usedChannels: ['t1'],
    gridChannel: 't1',
  })
  // 24 mm of field of view, 1.7 mL (which follows from it); 100 with a few 200 varies by 18.9 / 103.7 = 18 %.
  assert.deepEqual(warnings, [
    {
      code: 'thin-slab',
      message: 'channel t1: the field of view is 24 mm thin; a brain needs 80 mm',
      ...pick(WARNINGS['thin-slab']),
    },
    {
      code: 'no-brain',
      message: 'no brain was found: 2 mL are labelled; a brain has 300 mL and more',
      ...pick(WARNINGS['no-brain']),
    },
  ])
  const { total, ...stages } = timingsMs
  const sum = Object.values(stages).reduce((a, b) => a + b, 0)
  assert.deepEqual(Object.keys(stages), ['decode', 'preprocess', 'infer', 'postprocess', 'encode'])
  assert.ok(Math.abs(total - sum) < 50, `stages ${sum} ms of ${total} ms`)
})

function pick({ means, todo }: WarningRow): object {
  return { means, todo }
}

/** Confidences of background, tissue and lesion: 64 of 1728 foreground voxels are 200, the others 100. */
function expectedConfidence(): number[] {
  const share = 64 / 1728
  const [mean, std] = [100 + 100 * share, 100 * Math.sqrt(share * (1 - share))]
  return [0, 100, 200].map((value) => {
    const x = (value - mean) / std
    const powers = [0, x + 2.5, 2 * x].map(Math.exp)
    return Math.max(...powers) / powers.reduce((sum, power) => sum + power)
  })
}

test('the map of the confidence lies on the grid of the scan and is 0 where the network did not look', async () => {
  const [outPath, confidencePath] = [join(folder, 'seen.nii.gz'), join(folder, 'sure.nii.gz')]
  const scans = { t1: join(folder, 't1.nii') }
  const report = await segmentFiles({ scans, model, outPath, confidencePath, flipAverage: true, limits }, open)
  assert.equal(report.flipAverage, true)
  const { volume } = await readNifti(confidencePath, limits)
  assert.deepEqual(volume.shape, [24, 24, 24])
  // The head fills voxels 6 … 17 of each axis, the model grid 2 mm more on each side: 4 … 19.
  const at = (i: number, j: number, k: number) => volume.data[i + 24 * (j + 24 * k)]!
  const [background, tissue, lesion] = expectedConfidence()
  for (const [found, expected] of [
    [at(3, 12, 12), 0],
    [at(4, 4, 4), background!],
    [at(7, 7, 7), tissue!],
    [at(12, 11, 12), lesion!],
  ] as const) {
    assert.ok(Math.abs(found - expected) <= 1 / 510 + 1e-6, `${found}, expected ${expected}`)
  }
  // The network looks at one voxel at a time: mirrored or not, it says the same.
  assert.deepEqual(Uint8Array.from((await readNifti(outPath, limits)).volume.data), tinyHead(24).labels)
})

test('a channel that the model does not know is refused before anything is read', async () => {
  const scans = { t2: join(folder, 'not-there.nii') }
  const run = segmentFiles({ scans, model, outPath: join(folder, 'out.nii.gz'), limits }, open)
  await assert.rejects(run, (error: unknown) => error instanceof FaultError && error.fault.kind === 'unknown-channel')
})

test('of two files the fault says which one it is', async () => {
  await writeFile(join(folder, 'text.nii'), 'not a scan')
  const scans = { t1: join(folder, 't1.nii'), flair: join(folder, 'text.nii') }
  const run = segmentFiles({ scans, model, outPath: join(folder, 'which.nii.gz'), limits }, open)
  await assert.rejects(run, (error: unknown) => {
    return error instanceof FaultError && error.fault.kind === 'not-nifti' && /^channel flair: /.test(error.message)
  })
})

test('a label map that cannot take its name leaves nothing half-written', async () => {
  const outPath = join(folder, 'taken.nii.gz')
  await mkdir(outPath)
  await assert.rejects(segmentFiles({ scans: { t1: join(folder, 't1.nii') }, model, outPath, limits }, open), /EISDIR/)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.part')),
    [],
  )
})

test('after a fault there is no file', async () => {
  await writeFile(join(folder, 'short.nii'), (await readFile(join(folder, 't1.nii'))).subarray(0, 5000))
  const outPath = join(folder, 'none.nii.gz')
  const run = segmentFiles({ scans: { t1: join(folder, 'short.nii') }, model, outPath, limits }, open)
  await assert.rejects(run, (error: unknown) => error instanceof FaultError && error.fault.kind === 'nifti-truncated')
  assert.ok(!(await readdir(folder)).some((name) => name.startsWith('none')))
})
