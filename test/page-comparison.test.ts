/** Two dates on the page, in Debian's Chromium: both at one place, what became of a lesion in words and in its colour. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FATE_LABELS } from '../web/compare/fates.ts'
import { axeFaults, openTab, pixelsOf } from './fixtures/browser.ts'
import { noChromium } from './fixtures/chromium.ts'
import { openService, segmented } from './fixtures/page-steps.ts'
import { until } from './fixtures/service.ts'
import { sidedHead } from './fixtures/sided-head.ts'

test('two results are compared, and a lesion that is there at both dates is said to be as before', {
  skip: noChromium,
}, async (t) => {
  const { site, base, browser } = await openService(t, {
    align: { kind: 'rigid', leastMm: 1, leastGain: 0.1, mostMm: 30, mostDegrees: 20 },
  })
  site.gate.open()
  const { page, faults } = await openTab(browser, base, { bypassCSP: true, viewport: { width: 1024, height: 640 } })
  await page.goto(base)
  await segmented(page, sidedHead())
  await page.goto(base)
  await page.setInputFiles('.drop input[multiple]', [
    { name: 'T1.nii.gz', mimeType: 'application/gzip', buffer: sidedHead() },
  ])
  await page.click('button:text-is("Segment")')
  await page.locator('.job.succeeded').nth(1).waitFor()
  await page.goto(`${base}#/compare`)
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.locator('.two canvas').nth(1).waitFor()
  await page.waitForSelector('.place:not(:empty)')
  assert.match((await page.textContent('.fates'))!, /1 as before, within the noise/)
  assert.match((await page.textContent('.changes'))!, /lesion.*0\.216.*0\.216/)
  assert.equal(await page.locator('tr.noise[data-fate="unchanged"]').count(), 1)
  assert.deepEqual(await axeFaults(page), [])
  await page.click('.radios >> text=Axial')
  await page.fill('input[type=range]', '100')
  const unchanged = FATE_LABELS.find(({ name }) => name.includes('as before'))!.color
  for (const at of [0, 1]) {
    const { lesion } = await pixelsOf(page, `.picture >> nth=${at} >> canvas`, { lesion: unchanged })
    assert.ok(lesion !== null, `the lesion has the colour of its fate in picture ${at}`)
  }
  await page.getByLabel('What became of each lesion').uncheck()
  await page.focus('.picture >> nth=1 >> canvas')
  const before = await page.textContent('.place')
  await page.keyboard.press('ArrowRight')
  await until(async () => (await page.textContent('.place')) !== before)
  assert.deepEqual(faults, [])
})
