/** The table, and as Python's csv reads it. table-readers.test.ts has those that guess types. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { report as fixture } from '../../test/fixtures/service.ts'
import { type Row, type RowReport, rowReport, tableOf } from './table.ts'

const NAMED = { labels: ['tissue', 'white-matter lesion'], channels: ['t1', 'flair'] }
const label = (value: number, name: string, voxels: number | null) => ({
  ...{ value, name, voxels, assessable: voxels !== null },
  volumeMl: voxels === null ? null : voxels / 1000,
})
const labels = [label(0, 'background', 50), label(1, 'tissue', 900_000), label(2, 'white-matter lesion', 300_000)]
const full: RowReport = { ...fixture, labels, lesions: { ...fixture.lesions, count: 7, totalMl: 300 } }
const unseen: RowReport = {
  ...full,
  labels: [labels[0]!, labels[1]!, label(2, 'white-matter lesion', null)],
  lesions: { assessable: false, count: null, totalMl: null, largestMl: null, list: null, places: null },
}
const state = { session: null, status: 'done', code: null, scans: ['t1'] } as const
const rows: readonly Row[] = [
  { ...state, subject: 'sub-1', session: 'ses-1', report: full },
  { ...state, subject: 'Müller, "A"', report: unseen },
  { ...state, subject: '=2+3', status: 'failed', code: 'not-nifti' },
  { ...state, subject: 'sub-4', status: 'waiting' },
]
const table = tableOf(rows, NAMED)

/** What the script, which has `text`, prints as JSON; undefined where it cannot run. */
function python(script: string): unknown {
  const prelude = 'import csv, io, json, sys\ntext = sys.stdin.buffer.read().decode()\n'
  const run = spawnSync('python3', ['-c', prelude + script], { input: table, encoding: 'utf8' })
  return run.status === 0 ? JSON.parse(run.stdout) : undefined
}

const pythonMissing = python('print(1)') === 1 ? false : 'no python3'

test("Python's csv reads the rows; what is not known is empty and never 0", { skip: pythonMissing }, () => {
  const read = python('print(json.dumps(list(csv.DictReader(io.StringIO(text, newline="")))))') as readonly Readonly<
    Record<string, string>
  >[]
  const pick = (...names: readonly string[]) => read.map((row) => names.map((name) => row[name]))
  assert.deepEqual(pick('subject', 'session', 'status', 'code', 'scans'), [
    ['sub-1', 'ses-1', 'done', '', 't1'],
    ['Müller, "A"', '', 'done', '', 't1'],
    ["'=2+3", '', 'failed', 'not-nifti', 't1'],
    ['sub-4', '', 'waiting', '', 't1'],
  ])
  // 900 000 and 300 000 voxels of 1 mm³; a share of one voxel is 0.00008 %: five decimals
  assert.deepEqual(
    pick('tissue_ml', 'white_matter_lesion_ml', 'intracranial_ml', 'tissue_percent', 'white_matter_lesion_percent'),
    [
      ['900', '300', '1200', '75', '25'],
      ['900', '', '900', '100', ''],
      ['', '', '', '', ''],
      ['', '', '', '', ''],
    ],
  )
  assert.deepEqual(pick('lesions_count', 'lesions_ml', 'warnings', 'model', 't1_sha256', 'flair_sha256', 'seconds'), [
    ['7', '300', 'tilted', 'tiny', '0'.repeat(64), '', '0'],
    ['', '', 'tilted', 'tiny', '0'.repeat(64), '', '0'],
    ['', '', '', '', '', '', ''],
    ['', '', '', '', '', '', ''],
  ])
})

test('lesions are counted by place where the report has one for each, else the cells are empty', () => {
  const lesion = (place: 'deep' | 'periventricular' | null, voxels: number) => ({
    ...{ label: 2, voxels, volumeMl: voxels / 1000, centroidMm: [0, 0, 0] as const, confidence: 1, diameterMm: 1 },
    ...{ place, toVentricleMm: 1, toCortexMm: 1, boxMm: { min: [0, 0, 0] as const, max: [1, 1, 1] as const } },
  })
  const places = { rule: 'a rule', periventricularMm: 3, infratentorial: 'unknown' } as const
  const counted = (list: ReturnType<typeof lesion>[]) => {
    const report = rowReport({ ...full, lesions: { ...full.lesions, list, places } })
    const [header, row] = tableOf([{ ...state, subject: 'a', report }], NAMED).split('\r\n')
    const names = header!.split(',')
    const wanted = ['periventricular_count', 'periventricular_ml', 'juxtacortical_count', 'deep_count', 'deep_ml']
    return wanted.map((name) => row!.split(',')[names.indexOf(name)])
  }
  const all = [lesion('deep', 100), lesion('periventricular', 40), lesion('deep', 5)]
  assert.deepEqual(counted(all), ['1', '0.04', '0', '2', '0.105'])
  assert.deepEqual(counted([...all, lesion(null, 3)]), ['', '', '', '', ''])
})

test('labels and channels of another model get columns of their own', () => {
  const other = { ...full, labels: [labels[0]!, label(1, 'tumour', 5)] }
  const [header] = tableOf([{ ...state, subject: 'a', report: other }], NAMED).split('\r\n')
  assert.match(header!, /,tissue_ml,white_matter_lesion_ml,tumour_ml,intracranial_ml,/)
})

test('no two columns have one name', () => {
  const [header] = tableOf([], { labels: ['Lesions', 'lesions', 'intracranial'], channels: [] }).split('\r\n')
  const names = header!.split(',')
  assert.deepEqual(
    names.filter((name) => name.endsWith('_ml') || name.includes('_ml_')),
    [
      ...['lesions_ml', 'lesions_ml_2', 'intracranial_ml', 'intracranial_ml_2', 'lesions_ml_3'],
      ...['periventricular_ml', 'juxtacortical_ml', 'deep_ml'],
    ],
  )
  assert.equal(new Set(names).size, names.length)
})

test('where nothing was labelled there is no share of it', () => {
  const none = { ...full, labels: [labels[0]!, label(1, 'tissue', 0)] }
  const [header, row] = tableOf([{ ...state, subject: 'a', report: none }], NAMED).split('\r\n')
  const cell = (name: string) => row!.split(',')[header!.split(',').indexOf(name)]
  assert.deepEqual([cell('tissue_ml'), cell('intracranial_ml'), cell('tissue_percent')], ['0', '0', ''])
})
