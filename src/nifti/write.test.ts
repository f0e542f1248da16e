import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { nibabel, nibabelMissing } from '../../test/fixtures/nibabel.ts'
import { buildNifti } from '../../test/fixtures/nifti.ts'
import { parseHeader } from './header.ts'
import type { NamedLabel } from './label-table.ts'
import { encodeConfidence, encodeLabels } from './write.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-write-'))
after(() => rmSync(folder, { recursive: true }))

const labelSet: NamedLabel[] = [
  { value: 0, name: 'background', color: [0, 0, 0] },
  { value: 1, name: 'grey matter', color: [255, 51, 0] },
  { value: 2, name: 'odd ]]> & <name>', color: [0, 0, 255] },
]
/** Nothing in it is a default, and 0.1 is another number in float32. */
const stated = {
  dim: [4, 4, 3, 2, 1, 1, 1, 1],
  pixdim: [-1, 0.1, 0.2, 0.3, 4, 5, 6, 7],
  qformCode: 2,
  sformCode: 4,
  quatern: [0.1, 0.2, 0.3],
  qoffset: [-1.1, 2.2, 3.3],
  srow: [0.1, 0.01, 0, 1.1, 0, 0.2, 0, 2.2, 0, 0, 0.3, 3.3],
  xyztUnits: 2 + 16,
}
const FILES = [
  { ...stated, version: 1 },
  { ...stated, version: 1, endian: 'big' },
  { ...stated, version: 2 },
  { ...stated, version: 2, endian: 'big' },
] as const
const data = Uint8Array.from({ length: 24 }, (_, n) => n % 3)

async function encode(scan: Buffer): Promise<Buffer> {
  const { geometry } = parseHeader(scan)
  return encodeLabels({ shape: [4, 3, 2], affine: [], data }, geometry, labelSet)
}

const READ = `
import xml.etree.ElementTree as xml
FIELDS = ['dim', 'pixdim', 'qform_code', 'sform_code', 'quatern_b', 'quatern_c', 'quatern_d', 'qoffset_x', 'qoffset_y',
          'qoffset_z', 'srow_x', 'srow_y', 'srow_z', 'xyzt_units']
def described(path):
    image = nib.load(path)
    header = image.header
    extensions = header.extensions
    labels = [] if len(extensions) == 0 else [
        [int(l.get('Key')), l.text, float(l.get('Red')), float(l.get('Green')), float(l.get('Blue')), float(l.get('Alpha'))]
        for l in xml.fromstring(extensions[0].get_content()).iter('Label')]
    return {
        'geometry': {field: header[field].tolist() for field in FIELDS}, 'version': type(image).__name__,
        'endianness': header.endianness, 'intent': int(header['intent_code']), 'dtype': str(header.get_data_dtype()),
        'descrip': header['descrip'].item().decode(), 'range': [float(header['cal_min']), float(header['cal_max'])],
        'scaling': [image.dataobj.slope, image.dataobj.inter], 'ecodes': [int(e.get_code()) for e in extensions],
        'labels': labels, 'voxels': np.asarray(image.dataobj).ravel(order='F').tolist()}
print(json.dumps([described(path) for path in args]))
`

interface Described {
  geometry: object
  voxels: number[]
  labels: unknown
}

test("nibabel finds the scan's geometry unchanged, and labels with names and colours", {
  skip: nibabelMissing,
}, async () => {
  const scans = FILES.map((fields) => buildNifti(fields))
  const paths: string[] = []
  for (const [n, scan] of scans.entries()) {
    paths.push(join(folder, `scan${n}.nii`), join(folder, `labels${n}.nii.gz`))
    writeFileSync(paths.at(-2)!, scan)
    writeFileSync(paths.at(-1)!, await encode(scan))
  }
  const found = nibabel(READ, paths) as Described[]
  for (const [n, { version }] of FILES.entries()) {
    const [scan, labels] = [found[2 * n]!, found[2 * n + 1]!]
    assert.deepEqual(labels, {
      geometry: scan.geometry,
      version: `Nifti${version}Image`,
      endianness: '<',
      intent: 1002,
      dtype: 'uint8',
      descrip: 'onelabel; research use only',
      range: [0, 2],
      scaling: [1, 0],
      ecodes: [30],
      labels: [
        [0, 'background', 0, 0, 0, 0],
        [1, 'grey matter', 1, 0.2, 0, 1],
        [2, 'odd ]]> & <name>', 0, 0, 1, 1],
      ],
      voxels: [...data],
    })
  }
})

test('nibabel reads a map of the confidence as an estimate from 0 to 1, without a label table', {
  skip: nibabelMissing,
}, async () => {
  const paths: string[] = []
  for (const [n, fields] of FILES.entries()) {
    const { geometry } = parseHeader(buildNifti(fields))
    const bytes = Uint8Array.from({ length: 24 }, (_, at) => (at === 0 ? 255 : at === 1 ? 51 : 0))
    paths.push(join(folder, `confidence${n}.nii.gz`))
    writeFileSync(paths.at(-1)!, await encodeConfidence({ shape: [4, 3, 2], affine: [], data: bytes }, geometry))
  }
  for (const found of nibabel(READ, paths) as (Described & { scaling: number[]; intent: number; ecodes: number[] })[]) {
    assert.deepEqual([found.intent, found.labels, found.ecodes], [1001, [], []])
    assert.ok(Math.abs(found.voxels[0]! - 1) < 1e-7 && Math.abs(found.voxels[1]! - 0.2) < 1e-7)
    assert.deepEqual(found.voxels.slice(2), new Array<number>(22).fill(0))
  }
})

test('our own reader finds the same geometry in what was written', async () => {
  for (const fields of FILES) {
    const scan = buildNifti(fields)
    assert.deepEqual(parseHeader(gunzipSync(await encode(scan))).geometry, parseHeader(scan).geometry)
  }
})

test('the same labels give the same bytes', async () => {
  const scan = buildNifti(stated)
  assert.deepEqual(await encode(scan), await encode(scan))
})

test('extension sizes are multiples of 16 and the voxels begin behind them', async () => {
  const file = gunzipSync(await encode(buildNifti(stated)))
  const esize = file.readInt32LE(352)
  assert.equal(esize % 16, 0)
  assert.equal(file.readFloatLE(108), 352 + esize)
  assert.equal(file.length, 352 + esize + 24)
})

test('labels of another shape than the scan are a bug', async () => {
  const { geometry } = parseHeader(buildNifti(stated))
  await assert.rejects(encodeLabels({ shape: [4, 2, 3], affine: [], data }, geometry, labelSet), /4×2×3 .* 4×3×2/)
})
