/** The page where the service asks who calls: a wrong key is said to be so, a right one opens it, and what is sent carries the token. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { newKey } from '../src/security/keys.ts'
import { axeFaults, openBrowser, openTab } from './fixtures/browser.ts'
import { noChromium } from './fixtures/chromium.ts'
import { segmented } from './fixtures/page-steps.ts'
import { openSite } from './fixtures/serving.ts'
import { sidedHead } from './fixtures/sided-head.ts'

test('with keys on, one signs in, sends a scan, and signs out again', { skip: noChromium }, async (t) => {
  const site = await openSite(t)
  site.gate.open()
  const keysFile = join(site.folder, 'keys.jsonl')
  const { key, line } = newKey('me', randomBytes(32), { scopes: ['submit'] })
  writeFileSync(keysFile, line)
  const service = await site.serve({ ONELABEL_KEYS_FILE: keysFile })
  const base = `${service.base}/`
  const browser = await openBrowser(t)
  const { page, faults } = await openTab(browser, base, { bypassCSP: true, viewport: { width: 1024, height: 640 } })
  await page.goto(base)
  const field = page.getByLabel('Key (it begins with ol_)')
  await field.fill('ol_wrong')
  assert.deepEqual(await axeFaults(page), [])
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').waitFor()
  await field.fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await segmented(page, sidedHead())
  await page.reload()
  await page.locator('.stage canvas').waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await field.waitFor()
  assert.equal((await page.content()).includes(key), false)
  assert.deepEqual(faults, [])
})
