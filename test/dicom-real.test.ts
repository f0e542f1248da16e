/** DICOM that others wrote: where each voxel lies and what it is, as dcm2niix and the NIfTI files beside the series say. */
import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { chooseSeries, shareFrame } from '../src/dicom/choose-series.ts'
import { DEFAULT_RULES } from '../src/dicom/series-rules.ts'
import { DICOM_DATA, dcm2niix, likeness, missing, rewrite } from './fixtures/dicom-peers.ts'
import { nibabelMissing } from './fixtures/nibabel.ts'
import { readDicom } from './fixtures/read-dicom.ts'

const noData = existsSync(DICOM_DATA) ? false : `no data in ${DICOM_DATA}`
const skip = noData || nibabelMissing || missing('dcm2niix', 'gdcmconv', 'dcmconv')
const scratch = mkdtempSync(join(tmpdir(), 'onelabel-dicom-'))
after(() => rmSync(scratch, { recursive: true }))

const NIFTI_OF = 'icometrix__dicom2nifti/tests/data'
const STUDY = 'WisnuMulya__hippocampal-volume-quantification/data/TestVolumes/Study3'

/** Folder (or file) → the NIfTI beside it, null where there is none; all of them can be read. */
const READABLE: readonly (readonly [series: string, reference: string | null])[] = [
  [`${NIFTI_OF}/generic/anatomical/001`, `${NIFTI_OF}/generic/anatomical/001_ground_truth.nii.gz`],
  [`${NIFTI_OF}/generic/anatomical/001_implicit`, `${NIFTI_OF}/generic/anatomical/001_implicit_ground_truth.nii.gz`],
  [
    `${NIFTI_OF}/generic/anatomical/002_non_isotropic`,
    `${NIFTI_OF}/generic/anatomical/002_non_isotropic_ground_truth.nii.gz`,
  ],
  ...['j2k', 'jpeg', 'jpegls', 'rle'].map(
    (name) =>
      [
        `${NIFTI_OF}/generic/compressed_${name}/001`,
        `${NIFTI_OF}/generic/compressed_${name}/001_ground_truth.nii.gz`,
      ] as const,
  ),
  [`${NIFTI_OF}/hitachi/anatomical/001`, null],
  [`${NIFTI_OF}/hyperfine/anatomical/001`, `${NIFTI_OF}/hyperfine/anatomical/001_ground_truth.nii.gz`],
  [`${NIFTI_OF}/philips_enhanced/anatomical/001`, `${NIFTI_OF}/philips_enhanced/anatomical/001_ground_truth.nii.gz`],
  [
    `${NIFTI_OF}/siemens_multiframe/anatomical/001`,
    `${NIFTI_OF}/siemens_multiframe/anatomical/001_ground_truth.nii.gz`,
  ],
  [`${NIFTI_OF}/failing/slicecount/001`, `${NIFTI_OF}/failing/slicecount/001_ground_truth.nii.gz`],
  ['neurolabusc__dcm_qa_enh/In/Philips', null],
  ['neurolabusc__dcm_qa_enh/In/Siemens/XA10', 'neurolabusc__dcm_qa_enh/Ref/Siemens_REST1_w_SMS_PF7-8_6.nii'],
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map(
    (n) => [`neurolabusc__dcm_qa_ts/In/${n}.dcm`, 'neurolabusc__dcm_qa_ts/Ref/1.nii'] as const,
  ),
  [`${STUDY}/26401-T1prereg-52906`, null],
  [`${STUDY}/36468-FLAIRreg-58706`, null],
]

function filesOf(series: string): readonly string[] {
  const path = join(DICOM_DATA, series)
  return series.endsWith('.dcm') ? [path] : globSync('*.dcm', { cwd: path }).map((name) => join(path, name))
}

for (const [n, [series, reference]] of READABLE.entries()) {
  test(`${series} has the voxels of ${reference === null ? 'dcm2niix' : 'the NIfTI beside it and of dcm2niix'} at their places`, {
    skip,
  }, async () => {
    const files = filesOf(series)
    const folder = join(scratch, `real-${n}`)
    const raw = join(folder, 'raw')
    // Debian's dcm2niix knows no JPEG-LS.
    rewrite(files, raw, ['gdcmconv', '--raw'])
    const made = dcm2niix(
      globSync('*.dcm', { cwd: raw }).map((name) => join(raw, name)),
      folder,
    )
    const { scans, faults } = await readDicom(files)
    assert.deepEqual(faults, [])
    assert.ok(scans.length >= 1)
    const against = [made, ...(reference === null ? [] : [[join(DICOM_DATA, reference)]])]
    for (const theirs of against)
      for (const { mm, value } of likeness(scans, theirs, folder)) {
        assert.ok(mm < 2e-3, `${mm} mm`)
        assert.ok(value < 1e-6, `${value}`)
      }
  })
}

const REFUSED: readonly (readonly [series: string, code: string])[] = [
  [`${NIFTI_OF}/failing/gantrytilting`, 'dicom-tilt'],
  [`${NIFTI_OF}/failing/sliceincrement`, 'dicom-missing-slice'],
  [`${NIFTI_OF}/failing/sliceorientation`, 'dicom-mixed-orientation'],
  [`${NIFTI_OF}/generic/rgb/001`, 'dicom-colour'],
  // nine copies of one image, each in a syntax of its own
  ['neurolabusc__dcm_qa_ts/In', 'dicom-several-acquisitions'],
]

for (const [series, code] of REFUSED) {
  test(`${series} is refused as ${code}`, { skip: noData }, async () => {
    const { scans, faults } = await readDicom([join(DICOM_DATA, series)])
    assert.deepEqual(scans, [])
    assert.deepEqual(
      faults.map(({ fault }) => fault.kind),
      [code],
    )
  })
}

test('of a real study the T1 and the FLAIR are taken, and both say that they lie in one space', {
  skip: noData,
}, async () => {
  const { contents } = await readDicom([join(DICOM_DATA, STUDY)])
  const chosen = chooseSeries(contents.series, DEFAULT_RULES)
  const numbers = [...chosen].map(([channel, { facts }]) => [channel, facts.seriesNumber])
  assert.deepEqual(numbers, [
    ['t1', 26401],
    ['flair', 36468],
  ])
  assert.equal(shareFrame(chosen.get('t1')!, chosen.get('flair')!), true)
})
