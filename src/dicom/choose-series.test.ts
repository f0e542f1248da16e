/** Names and settings as the vendors' own protocols have them, and what is taken of a study of them. 220 lines: most are that table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultError } from '../errors.ts'
import type { DicomSeries } from './arrange-series.ts'
import { chooseSeries, judgeAll, shareFrame } from './choose-series.ts'
import type { SeriesFacts } from './series-facts.ts'
import { DEFAULT_RULES, parseSeriesRules } from './series-rules.ts'

interface Given {
  readonly te?: number
  readonly tr?: number
  readonly ti?: number
  readonly sequence?: string
  readonly protocol?: string
  readonly kind?: '2D' | '3D'
  readonly imageType?: string
  readonly agent?: boolean
  readonly modality?: string
  readonly number?: number
  readonly study?: string
  readonly patient?: string
  readonly uid?: string
  readonly fault?: FaultError
}

function series(description: string, given: Given = {}): DicomSeries {
  const { kind = '3D' } = given
  const facts: SeriesFacts = {
    modality: given.modality ?? 'MR',
    manufacturer: '',
    seriesNumber: given.number ?? 1,
    seriesDescription: description,
    protocolName: given.protocol ?? '',
    sequenceName: given.sequence ?? '',
    imageType: (given.imageType ?? 'ORIGINAL/PRIMARY/M').split('/'),
    echoTimeMs: given.te,
    repetitionTimeMs: given.tr,
    inversionTimeMs: given.ti,
    flipAngleDegrees: undefined,
    acquisition: kind,
    hasContrastAgent: given.agent ?? false,
  }
  const mm = kind === '3D' ? 1 : 5
  const slices = kind === '3D' ? 176 : 28
  const affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, mm, 0, 0, 0, 0, 1]
  return {
    studyInstanceUid: given.study ?? '1',
    seriesInstanceUid: given.uid ?? `${description} ${given.number ?? 1}`,
    frameOfReferenceUid: '1.2',
    patientHash: given.patient ?? 'a',
    facts,
    by: {},
    planes: slices,
    instances: [],
    grid: given.fault ?? { planes: [], shape: [256, 256, slices], affine, sliceSpacingMm: mm },
  }
}

const mprage = { te: 3, tr: 2300, ti: 900 }
const flair3d = { te: 390, tr: 5000, ti: 1800 }
const flair2d = { te: 85, tr: 9000, ti: 2500, kind: '2D' } as const

/** Series of one vendor's study; the first is the T1, the second the FLAIR, the others neither. */
const STUDIES: Readonly<Record<string, readonly DicomSeries[]>> = {
  Siemens: [
    series('t1_mprage_sag_p2_iso', { ...mprage, sequence: '*tfl3d1_16ns' }),
    series('t2_spc_da-fl_sag_p2_iso', { ...flair3d, sequence: '*spcir_242ns' }),
    series('localizer', { te: 4, tr: 8.6 }),
    series('t2_tse_tra', { te: 95, tr: 5000, kind: '2D' }),
    series('t1_mprage_sag_p2_iso_KM', { ...mprage, agent: true, number: 9 }),
    series('ep2d_diff_3scan_trace_ADC', { te: 90, tr: 6000, kind: '2D' }),
    series('SWI_Images', { te: 20, tr: 28 }),
    series('TOF_3D_multi-slab', { te: 3.6, tr: 21 }),
    series('pd_tse_tra', { te: 14, tr: 3500, kind: '2D' }),
  ],
  'Siemens, 2D': [
    series('t1_se_tra', { te: 8.4, tr: 550, kind: '2D' }),
    series('t2_tirm_tra_dark-fluid', { ...flair2d, sequence: '*tir2d1_16' }),
    series('t1_tirm_cor_fs', { te: 40, tr: 4000, ti: 160, kind: '2D' }),
  ],
  GE: [
    series('Sag 3D T1 BRAVO', { te: 3.2, tr: 8.2, ti: 450, protocol: 'BRAIN W WO + MRA' }),
    series('Sag CUBE T2 FLAIR', { te: 120, tr: 6000, ti: 1650, protocol: 'BRAIN W WO + MRA' }),
    series('Ax T1 FLAIR', { te: 24, tr: 2500, ti: 900, kind: '2D', protocol: 'BRAIN W WO + MRA' }),
    series('Ax T2 PROPELLER', { te: 100, tr: 5000, kind: '2D', protocol: 'BRAIN W WO + MRA' }),
    series('Sag 3D T1 BRAVO +C', { te: 3.2, tr: 8.2, ti: 450, agent: true, number: 8 }),
    series('Ax DWI', { te: 70, tr: 8000, kind: '2D' }),
    series('Ax SWAN', { te: 25, tr: 40 }),
    series('3-plane Loc', { te: 1.6, tr: 5 }),
  ],
  Philips: [
    series('sT1W_3D_TFE', { te: 3.7, tr: 8.1 }),
    series('3D_Brain_VIEW_FLAIR_SHC', { te: 300, tr: 4800, ti: 1650 }),
    series('T2W_TSE', { te: 80, tr: 3000, kind: '2D' }),
    series('Survey', { te: 2, tr: 11 }),
    series('B0 map', { te: 4, tr: 10, imageType: 'ORIGINAL/PRIMARY/M_FFE/M/FFE' }),
    series('sT1W_3D_TFE', { te: 3.7, tr: 8.1, number: 4, imageType: 'ORIGINAL/PRIMARY/PHASE MAP/P/FFE' }),
  ],
  Canon: [
    series('3D T1 MPRAGE', { te: 3, tr: 6.7, ti: 900 }),
    series('FLAIR MPV 3D', { te: 330, tr: 6000, ti: 1900 }),
    series('T2*_ax', { te: 20, tr: 600, kind: '2D' }),
    series('FSE2D T2', { te: 90, tr: 4500, kind: '2D' }),
  ],
  'without any name': [
    series('', { ...mprage }),
    series('', { ...flair3d, number: 2 }),
    series('', { te: 95, tr: 5000, kind: '2D', number: 3 }),
  ],
}

for (const [vendor, study] of Object.entries(STUDIES)) {
  test(`${vendor}: of ${study.length} series the T1 and the FLAIR are taken, in any order`, () => {
    for (const order of [study, [...study].reverse()]) {
      const chosen = chooseSeries(order, DEFAULT_RULES)
      assert.equal(chosen.get('t1'), study[0])
      assert.equal(chosen.get('flair'), study[1])
    }
    for (const { series: other, judgements } of judgeAll(study, DEFAULT_RULES).slice(2)) {
      assert.notEqual(judgements['flair']!.rejectedBy, null, other.facts.seriesDescription)
    }
  })
}

function fault(of: () => unknown): string {
  try {
    of()
  } catch (error) {
    if (error instanceof FaultError) return error.fault.kind
    throw error
  }
  return 'none'
}

const t1 = series('t1_mprage', mprage)
const flair = series('t2_flair', flair3d)

test('each series that is not taken says which rule rejected it', () => {
  const [verdict] = judgeAll([series('localizer', { te: 4, tr: 8 })], DEFAULT_RULES)
  assert.equal(verdict!.chosenFor, null)
  assert.equal(verdict!.judgements['t1']!.rejectedBy, 'a localiser by its name')
  const [ct] = judgeAll([series('t1_mprage', { ...mprage, modality: 'CT' })], DEFAULT_RULES)
  assert.match(ct!.judgements['t1']!.rejectedBy!, /another modality than MR/)
})

test('of two scans that are alike the later one is taken, of two that differ the finer one', () => {
  const again = series('t1_mprage', { ...mprage, number: 7 })
  assert.equal(chooseSeries([again, t1], DEFAULT_RULES).get('t1'), again)
  const thick = series('t1_se_tra', { te: 9, tr: 500, kind: '2D', number: 9 })
  assert.equal(chooseSeries([thick, t1], DEFAULT_RULES).get('t1'), t1)
})

test('a T1 alone and a FLAIR alone are enough', () => {
  assert.deepEqual([...chooseSeries([t1], DEFAULT_RULES).keys()], ['t1'])
  assert.deepEqual([...chooseSeries([flair], DEFAULT_RULES).keys()], ['flair'])
})

test('series of two patients, or of two days, are not mixed', () => {
  assert.equal(
    fault(() => chooseSeries([t1, series('t2_flair', { ...flair3d, patient: 'b' })], DEFAULT_RULES)),
    'dicom-several-patients',
  )
  assert.equal(
    fault(() => chooseSeries([t1, series('t2_flair', { ...flair3d, study: '2' })], DEFAULT_RULES)),
    'dicom-several-studies',
  )
})

test('a FLAIR with a missing slice is not passed over: its fault is the answer, unless another one fits', () => {
  const broken = series('t2_flair', {
    ...flair3d,
    number: 5,
    fault: new FaultError('dicom-missing-slice', 'one is missing'),
  })
  assert.equal(
    fault(() => chooseSeries([t1, broken], DEFAULT_RULES)),
    'dicom-missing-slice',
  )
  assert.equal(chooseSeries([t1, broken, flair], DEFAULT_RULES).get('flair'), flair)
})

test('two parts of one series that score alike are refused', () => {
  const echo = { ...mprage, uid: 'same' }
  assert.equal(
    fault(() => chooseSeries([series('t1_mprage_me', echo), series('t1_mprage_me', echo)], DEFAULT_RULES)),
    'dicom-several-acquisitions',
  )
})

test('where nothing fits, that is said', () => {
  assert.equal(
    fault(() => chooseSeries([series('localizer')], DEFAULT_RULES)),
    'dicom-no-series',
  )
})

test('two series share a frame of reference where both state the same one, and not where neither states any', () => {
  assert.equal(shareFrame(t1, flair), true)
  assert.equal(
    shareFrame({ ...t1, frameOfReferenceUid: undefined }, { ...flair, frameOfReferenceUid: undefined }),
    false,
  )
  assert.equal(shareFrame(t1, { ...flair, frameOfReferenceUid: '1.3' }), false)
})

test('rules of a site replace the defaults, and a wrong one is told where it is wrong', () => {
  const rules = parseSeriesRules({
    modalities: ['MR'],
    reject: [],
    channels: { t1: { least: 1, reject: [], score: [{ why: 'ours', points: 1, protocol: '^study-42$' }] } },
  })
  const own = series('anything', { protocol: 'STUDY-42' })
  assert.equal(chooseSeries([t1, own], rules).get('t1'), own)
  assert.throws(
    () => parseSeriesRules({ modalities: ['MR'], reject: [{ why: 'x', text: '(' }], channels: {} }),
    /regular expression/,
  )
  assert.throws(
    () => parseSeriesRules({ modalities: ['MR'], reject: [{ why: 'x', echoTime: { min: 1 } }], channels: {} }),
    /echoTime/,
  )
})
