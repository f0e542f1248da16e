/**
 * One result of the service, told in JSON, in the table of its cohort, on the page to print, in the structured report, and in the
 * browser, on its page and in the files that it saves.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseCsv } from '../src/cohort/csv.ts'
import type { Report } from '../src/inference/report.ts'
import { openBrowser, openTab } from './fixtures/browser.ts'
import { noChromium } from './fixtures/chromium.ts'
import { dicomSeries, FLAIR, T1 } from './fixtures/dicom-study.ts'
import { resultShown } from './fixtures/page-steps.ts'
import { popplerMissing, textOf } from './fixtures/poppler.ts'
import { pydicom, pydicomMissing } from './fixtures/pydicom.ts'
import { type RealService, startRealService } from './fixtures/real-service.ts'
import { makeTinyModel } from './fixtures/tiny-model.ts'

let folder: string
let service: RealService
let report: Report
/** Of the job, below the service. */
let path: string
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-digits-'))
  await makeTinyModel(join(folder, 'models'))
  service = await startRealService({
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_THREADS: '1',
  })
  await service.ready()
  ;({ report, path } = await segmentStudy())
})
after(async () => {
  await service.end('SIGTERM')
  rmSync(folder, { recursive: true, maxRetries: 10 })
})

/** A study whose voxels are 0.7 × 1 × 4 mm, 0.0028 mL: sums of them end in digits of their own. */
const study = () =>
  [...dicomSeries(T1), ...dicomSeries(FLAIR)].map((file) =>
    Buffer.from(file.toString('latin1').replace('1\\1 ', '.7\\1'), 'latin1'),
  )

async function segmentStudy(): Promise<{ report: Report; path: string }> {
  const body = new FormData()
  for (const [n, file] of study().entries()) body.append('dicom', new Blob([new Uint8Array(file)]), `${n}.dcm`)
  for (const [name, value] of [
    ['cohort', 'digits'],
    ['page', '1'],
  ] as const)
    body.append(name, value)
  const headers = { Accept: 'application/json' }
  const answer = await fetch(`${service.base}/v1/segmentations`, { method: 'POST', body, headers })
  assert.equal(answer.status, 200)
  return { report: (await answer.json()) as Report, path: answer.headers.get('location')! }
}

const READ_SR = `
import highdicom
content = highdicom.sr.srread(args[0]).content
told = {}
for group in list(content.get_volumetric_roi_measurement_groups()) + list(content.get_image_measurement_groups()):
    for m in group.get_measurements():
        how = m.derivation.meaning if m.derivation else ''
        told[group.tracking_identifier + '|' + m.name.meaning + '|' + how] = str(m.value)
print(json.dumps(told))`

test('volumes, counts and sums are the same to the last digit', {
  skip: popplerMissing || pydicomMissing,
}, async () => {
  const { labels, lesions } = report
  const job = `${service.base}${path}`
  const bytesOf = async (url: string, accept = '*/*') =>
    Buffer.from(await (await fetch(url, { headers: { Accept: accept } })).arrayBuffer())

  const { records } = parseCsv((await bytesOf(`${service.base}/v1/cohorts/digits.csv`)).toString())
  const [header, row] = records.map(({ cells }) => cells) as [readonly string[], readonly string[]]
  const cell = (name: string) => Number(row[header.indexOf(name)])
  const page = textOf(await bytesOf(job, 'application/pdf'))
  const onPage = (pattern: RegExp) => Number(pattern.exec(page)?.[1])
  writeFileSync(join(folder, 'sr.dcm'), await bytesOf(`${job}/sr`))
  const sr = pydicom(READ_SR, [join(folder, 'sr.dcm')]) as Readonly<Record<string, string>>
  const inSr = (...names: readonly string[]) => Number(sr[names.join('|')])

  const tissue = labels[1]!.volumeMl!
  const lesion = labels[2]!.volumeMl!
  assert.ok(!Number.isInteger(tissue) && !Number.isInteger(100 * lesion), 'digits that could be lost')
  for (const [told, json, csv, pdf, structured] of [
    [
      'tissue',
      tissue,
      cell('brain_tissue_ml'),
      onPage(/brain tissue +([\d.]+) mL/),
      inSr('brain tissue', 'Volume', ''),
    ],
    ['lesion', lesion, cell('lesion_ml'), onPage(/\blesion +([\d.]+) mL/), inSr('lesion', 'Volume', '')],
    [
      'count',
      lesions.count,
      cell('lesions_count'),
      onPage(/count +(\d+)\n/),
      inSr('all lesions', 'Number of lesions', ''),
    ],
    [
      'together',
      lesions.totalMl,
      cell('lesions_ml'),
      onPage(/together +([\d.]+) mL/),
      inSr('all lesions', 'Volume', 'Total'),
    ],
  ] as const)
    assert.deepEqual({ told, csv, pdf, structured }, { told, csv: json, pdf: json, structured: json })
  assert.equal(onPage(/largest +([\d.]+) mL/), lesions.largestMl)
  assert.equal(inSr('all lesions', 'Volume', 'Maximum'), lesions.largestMl)
})

test('the page of the same job shows these digits, and so do the tables that it saves', {
  skip: noChromium,
}, async (t) => {
  const base = `${service.base}/`
  const { page, faults } = await openTab(await openBrowser(t), base)
  await page.goto(`${base}#/job/${path.split('/').at(-1)}`)
  await resultShown(page)
  const { labels, lesions } = report
  const numberIn = async (row: string) => Number(await page.locator(`${row} td.number`).first().textContent())
  const shown = labels.filter(({ value }) => value > 0)
  for (const { value, name, volumeMl } of shown)
    assert.equal(await numberIn(`.volumes tr[data-label="${value}"]`), volumeMl, name)
  for (const [at, { volumeMl }] of lesions.list!.entries())
    assert.equal(await numberIn(`.lesions tr[data-lesion="${at + 1}"]`), volumeMl, `lesion ${at + 1}`)
  assert.equal(
    await page.textContent('.found'),
    `${lesions.count} lesion, together ${lesions.totalMl} mL, the largest ${lesions.largestMl} mL.`,
  )

  const saved = async (button: string) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: button }).click(),
    ])
    return readFileSync(await download.path(), 'utf8')
  }
  assert.deepEqual(JSON.parse(await saved('Numbers (JSON)')), report)
  const [header, ...rows] = parseCsv(await saved('Numbers (CSV)')).records.map(({ cells }) => cells)
  const inCsv = (kind: string) =>
    rows.filter(([what]) => what === kind).map((cells) => Number(cells[header!.indexOf('volume_ml')]))
  assert.deepEqual(
    inCsv('label'),
    shown.map(({ volumeMl }) => volumeMl),
  )
  assert.deepEqual(
    inCsv('lesion'),
    lesions.list!.map(({ volumeMl }) => volumeMl),
  )
  assert.deepEqual(faults, [])
})
