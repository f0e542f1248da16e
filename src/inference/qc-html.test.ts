/** The page of a cohort: what is flagged, in which order, and that nothing of a name lives in it. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { noChromium, openPage } from '../../test/fixtures/chromium.ts'
import { createCanvas } from '../picture/canvas.ts'
import { pngOf } from '../picture/png.ts'
import { flagsOf, lookOrder, type QcReport, type QcRow } from './qc-flags.ts'
import { qcHtml } from './qc-html.ts'

const PICTURE = pngOf(createCanvas(30, 20))

interface Made {
  readonly lesionMl?: number | null
  readonly confidence?: number
  readonly codes?: readonly string[]
}

function reportOf({ lesionMl = 1, confidence = 0.85, codes = [] }: Made = {}): QcReport {
  return {
    model: { id: 'm', version: '1', sha256: 'a'.repeat(64) },
    labels: [
      { value: 0, name: 'background', voxels: 9, volumeMl: 5000, confidence: 0.1 },
      { value: 1, name: 'tissue', voxels: 1000, volumeMl: 1000, confidence },
      { value: 2, name: 'lesion', voxels: lesionMl, volumeMl: lesionMl },
    ],
    lesions: { count: 1, totalMl: lesionMl, largestMl: lesionMl },
    warnings: codes.map((code) => ({ code, message: `seen ${code}`, means: 'It means.', todo: 'Do.' })),
  }
}

const rowOf = (subject: string, made?: Made): QcRow => ({ subject, report: reportOf(made), picture: PICTURE })

// Shares of the lesion are nearly 1.0, 1.1, 1.2, 1.3, 1.4 ‰ and 20 ‰.
const COHORT = [1, 1.1, 1.2, 1.3, 1.4, 20].map((lesionMl, at) => rowOf(`s${at}`, { lesionMl }))

test('a share of the volume far from that of the others is flagged, from five results on', () => {
  const flags = flagsOf(COHORT)
  assert.deepEqual(flags.slice(0, 5), [[], [], [], [], []])
  // 20 / 1020 is 1.96 %, median and median distance are those of 1.25 and 0.15 mL within a ‰ or so: z ≈ 0.6745 · 18.36 / 0.15
  const lesion = flags[5]!.find(({ text }) => text.startsWith('lesion'))!
  assert.equal(lesion.kind, 'outlier')
  assert.match(lesion.text, /^lesion 2\.0 % of the labelled volume, z 8\d\.\d$/)
  // What is too much there is too little elsewhere.
  assert.match(flags[5]!.find(({ text }) => text.startsWith('tissue'))!.text, /^tissue 98\.0 % .* z -8\d\.\d$/)
  assert.deepEqual(flagsOf(COHORT.slice(2)), [[], [], [], []])
})

test('what cannot be assessed is no share of 0', () => {
  const rows = [...COHORT.slice(0, 5), rowOf('t1 alone', { lesionMl: null })]
  assert.ok(flagsOf(rows)[5]!.every(({ text }) => !text.startsWith('lesion')))
})

test('a result of which the network was much less sure than of the others is flagged, above the least, too', () => {
  const rows = [0.84, 0.85, 0.86, 0.87, 0.88, 0.75].map((confidence, at) => rowOf(`s${at}`, { confidence }))
  // Median 0.855, distances .005 .005 .015 .015 .025 .105: z = −0.6745 · 0.105 / 0.015 = −4.7
  assert.deepEqual(flagsOf(rows), [
    [],
    [],
    [],
    [],
    [],
    [{ kind: 'unsure', text: 'mean confidence 0.75, far below the others' }],
  ])
})

test('what every scan of a kind is warned of is no reason to look at one of them first', () => {
  assert.deepEqual(flagsOf([rowOf('t1 alone', { codes: ['not-assessable', 'low-reliability'] })]), [[]])
})

test('what failed or cannot be a brain comes first, then outliers, then what the network was not sure of, then warnings', () => {
  const rows = [
    rowOf('fine'),
    rowOf('warned', { codes: ['tilted'] }),
    rowOf('unsure', { confidence: 0.69 }),
    rowOf('sure enough', { confidence: 0.71 }),
    rowOf('no brain', { codes: ['tilted', 'no-brain'] }),
    { subject: 'failed', failure: 'not-nifti' },
  ]
  const flags = flagsOf(rows)
  assert.deepEqual(
    lookOrder(flags).map((at) => rows[at]!.subject),
    ['failed', 'no brain', 'unsure', 'warned', 'fine', 'sure enough'],
  )
  assert.deepEqual(flags[4], [
    { kind: 'implausible', text: 'no-brain' },
    { kind: 'warned', text: 'tilted' },
  ])
  const html = qcHtml(rows)
  assert.ok(html.indexOf('not-nifti') < html.indexOf('seen no-brain'))
  assert.match(html, /6 results, 4 with a reason to look at them first/)
})

const HOSTILE =
  '"><script>window.hacked = 1</script><img src="http://192.0.2.1/x.png" onerror=\'window.hacked = 2\'>&amp;'
const HOSTILE_ROWS: readonly QcRow[] = [
  {
    ...{ subject: HOSTILE, picture: PICTURE },
    report: {
      ...reportOf(),
      model: { id: HOSTILE, version: HOSTILE, sha256: '' },
      labels: [{ value: 1, name: HOSTILE, voxels: 1, volumeMl: 1 }],
      warnings: [{ code: HOSTILE, message: HOSTILE, means: HOSTILE, todo: HOSTILE }],
    },
  },
  { subject: `${HOSTILE} 2`, failure: HOSTILE },
]

test('no name or message is markup', () => {
  const html = qcHtml(HOSTILE_ROWS)
  assert.doesNotMatch(html, /<script|onerror='|src="http/i)
  const tags = (rows: readonly QcRow[]) => qcHtml(rows).match(/<[a-z]+/g)
  const plain = JSON.parse(
    JSON.stringify(HOSTILE_ROWS).replaceAll(JSON.stringify(HOSTILE).slice(1, -1), 'x'),
  ) as QcRow[]
  assert.deepEqual(tags(HOSTILE_ROWS), tags(plain.map((row) => ('report' in row ? { ...row, picture: PICTURE } : row))))
})

test('a browser shows it without a request, a script or a fault, and a click shows one subject large', {
  skip: noChromium,
}, async (t) => {
  const asked: string[] = []
  const server = createServer((req, res) => {
    asked.push(req.url!)
    res.setHeader('Content-Type', 'text/html').end(req.url === '/' ? qcHtml(HOSTILE_ROWS) : '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const page = await openPage(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const value = (expression: string) => page.evaluate(expression)
  assert.equal(await value('document.scripts.length + (window.hacked ?? 0)'), 0)
  assert.equal(await value(`document.querySelectorAll('article h2')[1].textContent`), HOSTILE)
  assert.deepEqual(await value('[...document.images].map((image) => image.naturalWidth)'), [30])
  assert.deepEqual(
    await value(
      `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => !/^data:|favicon/.test(name))`,
    ),
    [],
  )
  assert.equal(await value(`getComputedStyle(document.querySelector('#row-0 .more')).display`), 'none')
  await value(`document.querySelector('#row-0 .open').click()`)
  assert.equal(await value(`getComputedStyle(document.querySelector('#row-0 .more')).display`), 'block')
  assert.deepEqual(
    asked.filter((url) => url !== '/' && url !== '/favicon.ico'),
    [],
  )
})
