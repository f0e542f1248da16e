/** /docs in a browser: its own files and no others, no fault of axe, in light and dark, and nothing to scroll sideways on a tablet. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { axeFaults, openBrowser, openTab } from './fixtures/browser.ts'
import { noChromium } from './fixtures/chromium.ts'
import { startTestService } from './fixtures/service.ts'

test('the page of the description is read in a browser under the policy of the service', {
  skip: noChromium,
}, async (t) => {
  const service = await startTestService({ basePath: '/onelabel' })
  t.after(() => service.close())
  const browser = await openBrowser(t)
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, faults } = await openTab(browser, service.base, {
      colorScheme,
      viewport: { width: 768, height: 1024 },
    })
    await page.goto(`${service.base}/onelabel/docs`)
    assert.equal(await page.locator('main section').count(), (await page.locator('nav li').count()) + 1)
    const [family, wide] = (await page.evaluate(
      '[getComputedStyle(document.body).fontFamily, document.documentElement.scrollWidth]',
    )) as [string, number]
    assert.match(family, /system-ui/, 'the style is let in')
    assert.ok(wide <= 768, `${wide} pixels wide`)
    await page.getByRole('link', { name: 'PUT /v1/segmentations/{id}/correction', exact: true }).click()
    assert.match(page.url(), /#putCorrection$/)
    assert.deepEqual(faults, [])
    const looked = await openTab(browser, service.base, { colorScheme, bypassCSP: true })
    await looked.page.goto(`${service.base}/onelabel/docs`)
    assert.deepEqual(await axeFaults(looked.page), [])
  }
})
