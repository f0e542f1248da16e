/** Real series in every transfer syntax that dcmtk and GDCM write: the same voxels at the same places, bit for bit. */
import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DICOM_DATA, missing, REWRITERS, rewrite } from './fixtures/dicom-peers.ts'
import { readDicom } from './fixtures/read-dicom.ts'

const noData = existsSync(DICOM_DATA) ? false : `no data in ${DICOM_DATA}`
const skip = noData || missing('gdcmconv', 'dcmconv', 'dcmcrle', 'dcmcjpeg', 'dcmcjpls')
const scratch = mkdtempSync(join(tmpdir(), 'onelabel-syntaxes-'))
after(() => rmSync(scratch, { recursive: true }))

const NIFTI_OF = 'icometrix__dicom2nifti/tests/data'
const STUDY = 'WisnuMulya__hippocampal-volume-quantification/data/TestVolumes/Study3'

/** Not compressed as they lie; their voxels are held to dcm2niix in dicom-real.test.ts. */
const SERIES = [
  `${NIFTI_OF}/generic/anatomical/001/*`,
  `${NIFTI_OF}/generic/anatomical/002_non_isotropic/*`,
  `${NIFTI_OF}/hitachi/anatomical/001/*`,
  `${NIFTI_OF}/hyperfine/anatomical/001/*`,
  `${NIFTI_OF}/philips_enhanced/anatomical/001/*`,
  `${NIFTI_OF}/siemens_multiframe/anatomical/001/*`,
  'neurolabusc__dcm_qa_enh/In/Philips/*',
  'neurolabusc__dcm_qa_enh/In/Siemens/XA10/*',
  'neurolabusc__dcm_qa_ts/In/1.dcm',
  `${STUDY}/26401-T1prereg-52906/*`,
  `${STUDY}/36468-FLAIRreg-58706/*`,
]

/** Their 16-bit pixels say OB; dcmtk leaves the bytes as they are, and another program might have swapped them. */
const OB_IN_BIG_ENDIAN = [SERIES[1], SERIES[3], SERIES[5]]

for (const [name, program] of Object.entries(REWRITERS)) {
  test(`${name}: each series has the same voxels at the same places`, { skip }, async () => {
    for (const [n, pattern] of SERIES.entries()) {
      const files = globSync(pattern, { cwd: DICOM_DATA }).map((path) => join(DICOM_DATA, path))
      const folder = join(scratch, `${name.replace(/\W/g, '-')}-${n}`)
      rewrite(files, folder, program)
      const before = await readDicom(files)
      const now = await readDicom([folder])
      rmSync(folder, { recursive: true })
      if (OB_IN_BIG_ENDIAN.includes(pattern) && name.startsWith('big endian')) {
        assert.deepEqual(
          now.faults.map(({ fault }) => fault.kind),
          ['dicom-pixels'],
        )
        continue
      }
      assert.deepEqual(now.faults, [], pattern)
      assert.equal(now.scans.length, before.scans.length, pattern)
      for (const { scan, source } of before.scans) {
        const again = now.scans.find(
          (other) =>
            other.source.slices[0]!.sopInstanceUid === source.slices[0]!.sopInstanceUid &&
            Buffer.from(other.scan.volume.data.buffer).equals(Buffer.from(scan.volume.data.buffer)),
        )
        assert.deepEqual(again?.scan.volume.affine, scan.volume.affine, pattern)
        assert.deepEqual(again?.source, source, pattern)
      }
    }
  })
}

/** Compressed with loss by one program and unpacked by another one than ours; how many grey values apart both may be. */
const LOSSY: readonly (readonly [name: string, pack: readonly string[], unpack: readonly string[], apart: number])[] = [
  ['JPEG-LS near-lossless (dcmtk)', ['dcmcjpls', '+en'], ['dcmdjpls'], 0],
  ['JPEG-LS near-lossless (GDCM)', ['gdcmconv', '--jpegls', '--lossy', '-e', '2'], ['gdcmconv', '--raw'], 0],
  ['JPEG 2000 with loss (GDCM)', ['gdcmconv', '--j2k', '--lossy', '-r', '10'], ['gdcmconv', '--raw'], 0],
  // Inverse cosine transforms round differently.
  ['JPEG baseline (dcmtk)', ['dcmcjpeg', '+eb'], ['dcmdjpeg'], 1],
  ['JPEG extended, 12 bits (dcmtk)', ['dcmcjpeg', '+ee'], ['dcmdjpeg'], 1],
]

for (const [n, [name, pack, unpack, apart]] of LOSSY.entries()) {
  test(`${name}: read as ${unpack[0]} unpacks it, and marked`, { skip }, async () => {
    const files = globSync(SERIES[0]!, { cwd: DICOM_DATA }).map((path) => join(DICOM_DATA, path))
    const [packed, plain] = [join(scratch, `packed-${n}`), join(scratch, `plain-${n}`)]
    rewrite(files, packed, pack)
    rewrite(
      globSync('*.dcm', { cwd: packed }).map((file) => join(packed, file)),
      plain,
      unpack,
    )
    const [ours, theirs] = [await readDicom([packed]), await readDicom([plain])]
    assert.deepEqual(ours.faults, [])
    assert.notEqual(ours.scans[0]!.source.lossy, undefined)
    assert.ok(ours.scans[0]!.scan.warnings.some(({ code }) => code === 'dicom-lossy'))
    const expected = theirs.scans[0]!.scan.volume.data
    assert.ok(ours.scans[0]!.scan.volume.data.every((value, at) => Math.abs(value - expected[at]!) <= apart))
  })
}
