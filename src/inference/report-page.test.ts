/** The page to print, as poppler reads it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LABEL_SET, rawElement } from '../../test/fixtures/dicom-source.ts'
import { infoOf, popplerMissing, textOf } from '../../test/fixtures/poppler.ts'
import { printedIdentity } from '../dicom/printed-identity.ts'
import type { LabelVolume, Volume } from '../volume/volume.ts'
import { WARNINGS, type WarningCode } from '../warnings.ts'
import type { Page } from './page-lines.ts'
import type { Report } from './report.ts'
import { reportPage } from './report-page.ts'

const SHAPE = [40, 50, 30] as const
const AFFINE = [1, 0, 0, -20, 0, 1, 0, -25, 0, 0, 1, -15, 0, 0, 0, 1]
const scan: Volume<'scan'> = {
  ...{ frame: 'scan', shape: SHAPE, affine: AFFINE },
  data: Float32Array.from({ length: 60_000 }, (_, at) => at % 97),
}
const labels: LabelVolume = { shape: SHAPE, affine: AFFINE, data: new Uint8Array(60_000).fill(1, 20_000, 40_000) }
labels.data.fill(4, 30_000, 30_007)

function warned(...codes: readonly WarningCode[]): Report['warnings'] {
  return codes.map((code) => ({ code, message: `channel t1: seen ${code}`, ...pick(code) }))
}
function pick(code: WarningCode) {
  const { means, todo } = WARNINGS[code]
  return { means, todo }
}

/** Numbers as an independent hand wrote them; the page must hold each of them, digit by digit. */
const report: Report = {
  model: { id: 'joint-wmh', version: '0.4.1', sha256: 'bde4'.repeat(16) },
  device: 'cpu',
  labels: [
    { value: 0, name: 'background', assessable: true, voxels: 40_000, volumeMl: 40 },
    { value: 1, name: 'cerebrospinal fluid', assessable: true, voxels: 19_993, volumeMl: 19.993, confidence: 0.876 },
    { value: 2, name: 'grey matter', assessable: false, voxels: null, volumeMl: null },
    {
      ...{ value: 3, name: 'white matter', assessable: true, voxels: 512, volumeMl: 0.512 },
      ...{ reliability: 'low' as const, confidence: 0.5 },
    },
    { value: 4, name: 'white matter hyperintensity', assessable: true, voxels: 7, volumeMl: 0.007, confidence: 0.71 },
  ],
  lesions: {
    assessable: true,
    ...{ count: 14, totalMl: 3.25, largestMl: 1.619 },
    list: Array.from({ length: 14 }, (_, at) => ({
      ...{ label: 4, voxels: 100 - at, volumeMl: (100 - at) / 1000, centroidMm: [at + 0.25, -at - 0.34, 3] as const },
      ...{ place: null, toVentricleMm: null, toCortexMm: null, confidence: 0.5, diameterMm: 9 },
      boxMm: { min: [0, 0, 0] as const, max: [9, 1, 1] as const },
    })),
    places: null,
  },
  input: {
    t1: { shape: SHAPE, spacingMm: [1, 1, 1], orientation: 'RAS', affineSource: 'sform', sha256: 'a1'.repeat(32) },
  },
  usedChannels: ['t1'],
  gridChannel: 't1',
  timingsMs: { decode: 1, preprocess: 1, infer: 1, postprocess: 1, encode: 1, total: 5 },
  warnings: warned('tilted'),
}

const page: Page = {
  ...{ scan, labels, report, unsure: [{ voxel: [20, 25, 15], meanConfidence: 0.5 }] },
  card: { labels: LABEL_SET, title: 'Tissue and lesions' },
}

test('the same result has the same bytes, and states no time', async () => {
  const bytes = await reportPage(page)
  assert.equal(bytes.subarray(0, 5).toString(), '%PDF-')
  assert.deepEqual(await reportPage(page), bytes)
  assert.doesNotMatch(bytes.toString('latin1'), /CreationDate|ModDate/)
})

test('the page holds every number of the report', { skip: popplerMissing }, async () => {
  const bytes = await reportPage(page)
  assert.equal(infoOf(bytes).get('Pages'), '1')
  const text = textOf(bytes)
  const expected = [
    /cerebrospinal fluid +19\.993 mL\n.*19993 voxels, mean confidence 0\.88/,
    /grey matter +not assessable/,
    /white matter +0\.512 mL\n.*512 voxels, mean confidence 0\.50, low reliability/,
    /white matter hyperintensity +0\.007 mL\n.*7 voxels, mean confidence 0\.71/,
    /count +14\n/,
    /together +3\.250 mL/,
    /largest +1\.619 mL/,
    /1\. white matter hyperintensity +0\.100 mL\n.*R 0\.3 P 0\.3 S 3\.0 mm/,
    /10\. white matter hyperintensity +0\.091 mL\n.*R 9\.3 P 9\.3 S 3\.0 mm/,
    /the 10 largest; the others stand in the report/,
    /Scan t1: 40 × 50 × 30 voxels of 1 × 1 × 1 mm, RAS, SHA-256 a1a1a1a1a1a1a1a1…; the labels lie on its grid/,
    /Model joint-wmh 0\.4\.1: Tissue and lesions; weights SHA-256 bde4bde4bde4bde4…/,
    /channel t1: seen tilted \(tilted\)/,
    /Research use only\. onelabel is not a medical device\./,
  ]
  for (const pattern of expected) assert.match(text, pattern)
  const told = text.replace(/\s+/g, ' ')
  assert.ok(told.includes(WARNINGS.tilted.means))
  assert.ok(told.includes(`What to do: ${WARNINGS.tilted.todo}`))
  assert.doesNotMatch(text, /Patient/)
})

test('more warnings than there is room for are counted, and the page stays one', { skip: popplerMissing }, async () => {
  const codes = Object.keys(WARNINGS) as WarningCode[]
  const bytes = await reportPage({ ...page, report: { ...report, warnings: warned(...codes) } })
  assert.equal(infoOf(bytes).get('Pages'), '1')
  const text = textOf(bytes)
  const shown = codes.filter((code) => text.includes(`seen ${code} (${code})`)).length
  assert.ok(shown > 5)
  assert.match(text, new RegExp(`… and ${codes.length - shown} more: see the report`))
})

test('a patient is named as in the study, where there is one', { skip: popplerMissing }, async () => {
  const named = async (...header: Parameters<typeof printedIdentity>[0]) =>
    textOf(await reportPage({ ...page, patient: printedIdentity(header) }))
  const latin = rawElement('00080005', 'CS', 'ISO_IR 100')
  assert.match(
    await named(
      latin,
      rawElement('00100010', 'PN', Buffer.from('Müller^Jürgen ', 'latin1')),
      rawElement('00100020', 'LO', 'P-1 '),
    ),
    /Patient: Müller\^Jürgen +ID: P-1 +study of no date/,
  )
  const utf8 = rawElement('00080005', 'CS', 'ISO_IR 192')
  assert.match(
    await named(utf8, rawElement('00100010', 'PN', 'Yamada^Tarou=山田^太郎')),
    /Patient: Yamada\^Tarou +ID: none/,
  )
  // Where a character set is not read here, only its ASCII characters are printed.
  assert.match(await named(rawElement('00100010', 'PN', Buffer.from('A\xe4', 'latin1'))), /Patient: A\? /)
})
