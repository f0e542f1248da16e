/**
 * Files that every other reader takes, from end to end: what nibabel reads is what is read, a label map of any format lies where
 * nibabel says that its scan does, and what was made of the file is told.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readScan } from '../src/formats/read.ts'
import type { Report } from '../src/inference/report.ts'
import { segmentFiles } from '../src/inference/segment-files.ts'
import { type Model, readModel } from '../src/model/registry.ts'
import { type OpenEngine, openEngine } from '../src/network/ort.ts'
import { readNifti } from '../src/nifti/read.ts'
import { buildMha } from './fixtures/mha.ts'
import { nibabel, nibabelMissing } from './fixtures/nibabel.ts'
import { buildNifti } from './fixtures/nifti.ts'
import { DATA_DIR } from './fixtures/real-scans.ts'
import { makeTinyModel, tinyHead } from './fixtures/tiny-model.ts'

const LIMITS = { maxFileBytes: 1e7, maxInflatedBytes: 1e7, maxVoxels: 1e6 }
const folder = mkdtempSync(join(tmpdir(), 'onelabel-others-'))
const { scan: data, labels: expected } = tinyHead(24)

let model: Model
let open: OpenEngine
before(async () => {
  model = await readModel((await makeTinyModel(folder)).folder)
  open = await openEngine(model.weightsPath, model.card, { device: 'cpu', threads: 1 })
})
after(async () => {
  await open.close()
  rmSync(folder, { recursive: true })
})

async function segmented(name: string, bytes: Buffer): Promise<{ report: Report; outPath: string; map: Uint8Array }> {
  const path = join(folder, name)
  const outPath = join(folder, `${name}-labels.nii.gz`)
  writeFileSync(path, bytes)
  const report = await segmentFiles({ scans: { t1: path }, model, outPath, limits: LIMITS }, open)
  return { report, outPath, map: Uint8Array.from((await readNifti(outPath, LIMITS)).volume.data) }
}

const codesOf = ({ warnings }: Pick<Report, 'warnings'>) => warnings.map(({ code }) => code)

const fileOf = (fields: Parameters<typeof buildNifti>[0]) =>
  buildNifti({ dim: [3, 24, 24, 24], datatype: 16, data, ...fields })

// 1.0, 1.1 and 1.2 mm, turned by 10 degrees about the third axis: the same world in all three headers, in RAS
const [COS, SIN] = [Math.cos(Math.PI / 18), Math.sin(Math.PI / 18)]
const RAS = [COS, -1.1 * SIN, 0, -11, SIN, 1.1 * COS, 0, 22, 0, 0, 1.2, -33, 0, 0, 0, 1]

function mgh(): Buffer {
  const head = Buffer.alloc(284)
  for (const [n, value] of [1, 24, 24, 24, 1, 3].entries()) head.writeInt32BE(value, 4 * n)
  head.writeInt16BE(1, 28)
  const centre = [0, 1, 2].map(
    (row) => RAS[4 * row + 3]! + 12 * (RAS[4 * row]! + RAS[4 * row + 1]! + RAS[4 * row + 2]!),
  )
  const fields = [1, 1.1, 1.2, COS, SIN, 0, -SIN, COS, 0, 0, 0, 1, ...centre]
  for (const [n, value] of fields.entries()) head.writeFloatBE(value, 30 + 4 * n)
  return Buffer.concat([head, floats().swap32(), Buffer.alloc(100)])
}

function floats(): Buffer {
  const bytes = Buffer.alloc(4 * data.length)
  for (let n = 0; n < data.length; n++) bytes.writeFloatLE(data[n]!, 4 * n)
  return bytes
}

function nrrd(encoding: 'raw' | 'gzip'): Buffer {
  const [a, b, c] = [`(${-COS},${-SIN},0)`, `(${1.1 * SIN},${-1.1 * COS},0)`, '(0,0,1.2)']
  const lines = [
    ...['NRRD0004', '# made for a test', 'type: float', 'dimension: 3', 'space: left-posterior-superior'],
    ...['sizes: 24 24 24', `space directions: ${a} ${b} ${c}`, 'kinds: domain domain domain', 'endian: little'],
    ...[`encoding: ${encoding}`, 'space units: "mm" "mm" "mm"', 'space origin: (11,-22,-33)', 'a note:=of somebody'],
  ]
  const bytes = encoding === 'gzip' ? gzipSync(floats()) : floats()
  return Buffer.concat([Buffer.from(`${lines.join('\n')}\n\n`), bytes])
}

const mha = (isPacked: boolean) =>
  buildMha(floats(), {
    ...{ DimSize: '24 24 24', ElementType: 'MET_FLOAT', ElementSpacing: '1 1.1 1.2', Offset: '11 -22 -33' },
    ...{ TransformMatrix: `${-COS} ${-SIN} 0 ${SIN} ${-COS} 0 0 0 1`, CompressedData: isPacked ? 'True' : 'False' },
  })

const FORMATS: readonly (readonly [name: string, bytes: () => Buffer, source: string])[] = [
  ['a.mgh', mgh, 'mgh'],
  ['a.mgz', () => gzipSync(mgh()), 'mgh'],
  ['raw.nrrd', () => nrrd('raw'), 'nrrd'],
  ['gzip.nrrd', () => nrrd('gzip'), 'nrrd'],
  ['raw.mha', () => mha(false), 'metaimage'],
  ['zlib.mha', () => mha(true), 'metaimage'],
]

/** Affine and sum of the label map, and the affine of a scan that nibabel can read (else null). */
const PLACES = `
def affine(path):
    try:
        return nib.load(path).affine.ravel().tolist()
    except nib.filebasedimages.ImageFileError:
        return None
print(json.dumps([[affine(path), affine(path + '-labels.nii.gz')] for path in args]))
`

test('a scan of any format gets the same labels as the NIfTI, on its own grid', { skip: nibabelMissing }, async () => {
  const nifti = await segmented('same.nii', fileOf({ srow: RAS.slice(0, 12), pixdim: [1, 1, 1.1, 1.2] }))
  assert.ok(nifti.map.some((label) => label > 0))
  for (const [name, bytes, source] of FORMATS) {
    const { report, map } = await segmented(name, bytes())
    assert.ok(Buffer.from(map).equals(nifti.map), name)
    assert.deepEqual(codesOf(report), codesOf(nifti.report), name)
    assert.equal(report.input['t1']!.affineSource, source)
  }
  const places = nibabel(
    PLACES,
    FORMATS.map(([name]) => join(folder, name)),
  ) as (number[] | null)[][]
  for (const [n, [scan, labels]] of places.entries())
    for (const place of [labels!, ...(scan ? [scan] : [])])
      place!.forEach((value, at) => {
        assert.ok(Math.abs(value - RAS[at]!) < 1e-5, `${FORMATS[n]![0]}: ${place} is not ${RAS}`)
      })
  assert.equal(places.filter(([scan]) => scan !== null).length, 2) // nibabel reads the MGH
})

test('a scale that is NaN is no scale', async () => {
  for (const scale of [
    { slope: Number.NaN },
    { slope: Number.NaN, inter: Number.NaN },
    { slope: 3, inter: Number.NaN },
  ]) {
    const { report, map } = await segmented('scale.nii', fileOf(scale))
    assert.ok(Buffer.from(map).equals(expected))
    assert.ok(codesOf(report).includes('scaling-ignored'), codesOf(report).join())
    assert.equal((await readScan(join(folder, 'scale.nii'), LIMITS)).volume.data[5000], data[5000])
  }
})

test('air without a number is air, and a hole in the brain is closed; the report counts both', async () => {
  const air = Float32Array.from(data, (value, n) => (n % 24 < 2 ? Number.NaN : value))
  const hole = Float32Array.from(data)
  hole[12 + 24 * (12 + 24 * 12)] = Number.NEGATIVE_INFINITY
  const everywhere = Float32Array.from(data, (value) => (value === 0 ? Number.NaN : value))
  for (const [name, voxels, count] of [
    ['air', air, 2 * 24 * 24],
    ['hole', hole, 1],
    ['mask', everywhere, data.filter((value) => value === 0).length],
  ] as const) {
    const { report, map } = await segmented(`${name}.nii`, fileOf({ data: voxels }))
    assert.ok(Buffer.from(map).equals(expected), name)
    assert.equal(report.input['t1']!.nonFiniteVoxels, count)
    assert.match(
      report.warnings.find(({ code }) => code === 'no-data')!.message,
      new RegExp(`: ${count} of 13824 voxels`),
    )
  }
})

const reports = join(DATA_DIR, 'reports')
const REPORTED = {
  'gz_garbage.nii.gz': 'trailing-bytes',
  'slope_nan.nii.gz': 'scaling-ignored',
  'nan_background.nii.gz': 'no-data',
  'nan_edge.nii.gz': 'no-data',
}

/** Voxels that hold a number, the others as 0; by Python's own zlib where gzip is followed by something. */
const FINITE = `
import hashlib, zlib
def load(path):
    return nib.Nifti1Image.from_bytes(zlib.decompressobj(31).decompress(open(path, 'rb').read()))
def voxels(image):
    a = np.asanyarray(image.dataobj.get_unscaled() if hasattr(image.dataobj, 'get_unscaled') else image.dataobj)
    return [int((~np.isfinite(a)).sum()), hashlib.sha256(np.nan_to_num(a.astype('<f4')).tobytes(order='F')).hexdigest()]
print(json.dumps([voxels(load(path)) for path in args]))
`

test('files of public reports have the voxels that others read, and a warning for each', {
  skip: nibabelMissing || (existsSync(reports) ? false : `no data in ${reports}`),
}, async () => {
  const paths = Object.keys(REPORTED).map((name) => join(reports, name))
  const oracles = nibabel(FINITE, paths) as [number, string][]
  for (const [n, [name, code]] of Object.entries(REPORTED).entries()) {
    const { volume, nonFiniteVoxels, warnings } = await readScan(paths[n]!, LIMITS)
    assert.deepEqual(
      warnings.map((warning) => warning.code),
      [code],
      name,
    )
    const [count, sha256] = oracles[n]!
    assert.equal(nonFiniteVoxels, count, name)
    assert.ok(volume.data.every(Number.isFinite))
    if (count === 0) assert.equal(createHash('sha256').update(volume.data).digest('hex'), sha256, name)
  }
})
