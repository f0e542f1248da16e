/**
 * Objects written on real series: a T1 and a FLAIR of one study (22 oblique slices each) and an enhanced multi-frame MR. What
 * is known of each series is read by pydicom here, so that no slip of our own reader can hide one of the writer.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gridOf } from '../src/dicom/source-grid.ts'
import type { SourceSeries } from '../src/dicom/source-series.ts'
import { writeSr } from '../src/dicom/sr-write.ts'
import { voxelCount } from '../src/volume/volume.ts'
import { dicomToolsMissing, entityFaults, objectFaults } from './fixtures/dicom-checks.ts'
import { segOf } from './fixtures/dicom-seg.ts'
import { LABEL_SET, MAKING, saveObject } from './fixtures/dicom-source.ts'
import { pydicom, pydicomMissing } from './fixtures/pydicom.ts'
import { DATA_DIR } from './fixtures/real-scans.ts'

const STUDY = join(DATA_DIR, 'dicom/WisnuMulya__hippocampal-volume-quantification/data/TestVolumes/Study3')
const SERIES = [
  join(STUDY, '26401-T1prereg-52906/*'),
  join(STUDY, '36468-FLAIRreg-58706/*'),
  join(DATA_DIR, 'dicom/neurolabusc__dcm_qa_enh/In/Siemens/XA10/6_1.dcm'),
]
const skip = existsSync(STUDY) ? pydicomMissing || dicomToolsMissing : `no DICOM in ${DATA_DIR}`
/** What dciodvfy finds doubtful in the patient and study of the source itself, whose values are copied as they are. */
const COPIED = /^Warning - <\/\w+\((0010,....|0008,0090|0020,0010)\)/
const folder = mkdtempSync(join(tmpdir(), 'seg-real-'))
after(() => rmSync(folder, { recursive: true }))

const READ_SOURCE = `
import base64, glob
from pydicom.datadict import dictionary_VR
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_sequence
files = sorted(glob.glob(args[0]))
sets = [pydicom.dcmread(f) for f in files]
first = sets[0]
STUDY = [0x00080005, 0x00080020, 0x00080030, 0x00080050, 0x00080090, 0x00081030, 0x00200010]
header = []
for tag in STUDY + [tag for tag in first.keys() if tag.group in (0x0010, 0x0012) and dictionary_VR(tag) != 'SQ']:
    if tag in first:
        e = first.get_item(tag)
        # pydicom has already read the character set; everything else is as it was written.
        value = e.value if isinstance(e.value, bytes) else '\\\\'.join([e.value] if isinstance(e.value, str) else e.value or []).encode()
        header.append({'tag': f'{int(tag):08X}', 'vr': dictionary_VR(tag), 'base64': base64.b64encode(value).decode()})
if 'DeidentificationMethodCodeSequence' in first:
    fp = DicomBytesIO()
    fp.is_little_endian, fp.is_implicit_VR = True, False
    write_sequence(fp, first['DeidentificationMethodCodeSequence'], ['iso8859'])
    header.append({'tag': '00120064', 'vr': 'SQ', 'base64': base64.b64encode(fp.getvalue()).decode()})
def group(ds, f, name):
    item = ds.PerFrameFunctionalGroupsSequence[f]
    return item[name][0] if name in item else ds.SharedFunctionalGroupsSequence[0][name][0]
planes = []
for ds in sets:
    if 'NumberOfFrames' in ds:
        for f in range(int(ds.NumberOfFrames)):
            measures = group(ds, f, 'PixelMeasuresSequence')
            planes.append((ds, f + 1, group(ds, f, 'PlanePositionSequence').ImagePositionPatient, group(ds, f, 'PlaneOrientationSequence').ImageOrientationPatient, measures))
    else:
        planes.append((ds, None, ds.ImagePositionPatient, ds.ImageOrientationPatient, ds))
iop = [float(v) for v in planes[0][3]]
normal = np.cross(iop[:3], iop[3:])
planes.sort(key=lambda p: float(np.dot(normal, [float(v) for v in p[2]])))
along = [float(np.dot(normal, [float(v) for v in p[2]])) for p in planes]
slices = []
for ds, frame, position, _, _ in planes:
    one = {'sopInstanceUid': str(ds.SOPInstanceUID), 'positionLpsMm': [float(v) for v in position]}
    if frame:
        one['frameNumber'] = frame
    slices.append(one)
source = {
    'studyInstanceUid': str(first.StudyInstanceUID), 'seriesInstanceUid': str(first.SeriesInstanceUID),
    'sopClassUid': str(first.SOPClassUID), 'frameOfReferenceUid': str(first.FrameOfReferenceUID),
    'shape': [int(first.Columns), int(first.Rows), len(slices)], 'orientationLps': iop,
    'pixelSpacingMm': [float(v) for v in planes[0][4].PixelSpacing],
    'sliceSpacingMm': (along[-1] - along[0]) / (len(along) - 1),
    'sliceThicknessMm': float(planes[0][4].SliceThickness),
    'slices': slices, 'header': header,
}
print(json.dumps({'source': source, 'files': files}))
`

const READ_BACK = `
import hashlib, highdicom
uids = json.loads(args[1])
seg = highdicom.seg.segread(args[0])
how = dict(combine_segments=True, assert_missing_frames_are_empty=True)
if args[2] == '[]':
    maps = seg.get_pixels_by_source_instance(uids, **how)
else:
    maps = seg.get_pixels_by_source_frame(uids[0], json.loads(args[2]), **how)
print(json.dumps([list(maps.shape), hashlib.sha256(maps.astype(np.uint8).tobytes()).hexdigest(), str(seg.PatientName)]))
`

for (const series of SERIES) {
  test(`our label map comes back slice by slice: ${series.slice(DATA_DIR.length)}`, { skip }, () => {
    const { source, files } = pydicom(READ_SOURCE, [series]) as { source: SourceSeries; files: string[] }
    const data = Uint8Array.from({ length: voxelCount(source.shape) }, (_, at) =>
      (Math.imul(at + 1, 2654435761) >>> 8) % 7 > 4 ? 0 : (Math.imul(at + 1, 2654435761) >>> 8) % 5,
    )
    const labels = { ...gridOf(source), data }
    const seg = segOf(source, labels)
    const segPath = saveObject(seg, join(folder, 'seg.dcm'))
    const measurements = { labels: [{ value: 1, volumeMl: 12.5 }], lesions: null, warnings: [] }
    const sr = writeSr({ source, measurements, labelSet: LABEL_SET, seg, making: MAKING })
    const srPath = saveObject(sr, join(folder, 'sr.dcm'))
    for (const path of [segPath, srPath]) {
      assert.deepEqual(
        objectFaults(path).filter((fault) => !COPIED.test(fault)),
        [],
      )
    }
    assert.deepEqual(entityFaults([segPath, ...files]), [])
    const uids = source.slices.map(({ sopInstanceUid }) => sopInstanceUid)
    const frames = source.slices.flatMap(({ frameNumber }) => frameNumber ?? [])
    const name = pydicom('print(json.dumps(str(pydicom.dcmread(args[0]).PatientName)))', [files[0]!])
    assert.deepEqual(pydicom(READ_BACK, [segPath, JSON.stringify(uids), JSON.stringify(frames)]), [
      [source.shape[2], source.shape[1], source.shape[0]],
      createHash('sha256').update(data).digest('hex'),
      name,
    ])
  })
}
