/** The bundled model on a real T1 and a real pair, looked at on the page: what a T1 does not show is said so and is never 0. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { openBrowser, openTab, pixelsOf } from './fixtures/browser.ts'
import { noChromium } from './fixtures/chromium.ts'
import { choose, resultShown, segmented } from './fixtures/page-steps.ts'
import { DATA_DIR } from './fixtures/real-scans.ts'
import { startRealService } from './fixtures/real-service.ts'

const SUBJECT = join(DATA_DIR, 'tissue/CBICA__NiChart_Project/sample_datasets/demo_dataset')
const scan = (path: string) => ({ name: path.split('/').at(-1)!, buffer: readFileSync(join(SUBJECT, path)) })
const skip = noChromium || (existsSync(SUBJECT) ? false : `no scans in ${SUBJECT}`)

test('a T1 alone has its lesions not assessable; with its FLAIR they are counted and drawn in the colour of the card', {
  skip,
}, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'onelabel-page-'))
  const service = await startRealService({
    ONELABEL_DATA_DIR: dataDir,
    ONELABEL_MODELS_DIR: resolve(import.meta.dirname, '../models'),
  })
  t.after(async () => {
    await service.end('SIGTERM')
    rmSync(dataDir, { recursive: true })
  })
  await service.ready()
  const base = `${service.base}/`
  const browser = await openBrowser(t)
  const { page, faults } = await openTab(browser, base, { viewport: { width: 1024, height: 640 } })
  await page.goto(base)
  const t1 = scan('t1/Subj1_T1.nii.gz')
  await segmented(page, t1.buffer, t1.name)
  const lesion = page.locator('.volumes tr[data-label="4"]')
  assert.match((await lesion.textContent())!, /not assessable/)
  assert.doesNotMatch((await lesion.textContent())!, /\d/)
  await page.getByText('Not assessable from these scans').waitFor()

  await page.goto(base)
  await choose(page, [t1, scan('fl/Subj1_FL.nii.gz')])
  await page.click('button:text-is("Segment")')
  await page.locator('.job.succeeded').nth(1).waitFor()
  await page.locator('.job.succeeded a.button').first().click()
  await resultShown(page)
  const volume = await lesion.getAttribute('data-ml')
  assert.ok(Number(volume) > 0, `${volume} mL`)
  const { report } = (await (await fetch(`${base}v1/segmentations/${page.url().split('/').at(-1)}`)).json()) as {
    report: { labels: { volumeMl: number }[] }
  }
  assert.equal(Number(volume), report.labels[4]!.volumeMl)
  await page.click('.radios >> text=Axial')
  await page.fill('input[type=range]', '100')
  const { white, grey } = await pixelsOf(page, '.stage canvas', { white: [250, 250, 210], grey: [200, 200, 235] })
  assert.ok(white !== null && grey !== null, 'tissue in the colours of the card')
  assert.deepEqual(faults, [])
})
