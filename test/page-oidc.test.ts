/**
 * The page where one signs in at a provider, in Debian's Chromium: to the provider's forms and back, signed out, and refused. The
 * service is `localhost` and the provider `127.0.0.1`, which are two sites to a browser: cookies are held to SameSite as they are in earnest.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { axeFaults, openBrowser, openTab, type Tab } from './fixtures/browser.ts'
import { noChromium } from './fixtures/chromium.ts'
import { freePort } from './fixtures/free-port.ts'
import { startOidcProvider } from './fixtures/oidc-provider.ts'
import { segmented } from './fixtures/page-steps.ts'
import { openSite } from './fixtures/serving.ts'
import { sidedHead } from './fixtures/sided-head.ts'

type Page = Tab['page']
const LINK = 'Sign in at your organisation'

/** The service, its provider, and tabs of browsers that know nothing of each other. */
async function openBoth(t: TestContext) {
  const site = await openSite(t)
  site.gate.open()
  const port = await freePort()
  const base = `http://localhost:${port}/`
  const redirect = `${base}v1/session/oidc/callback`
  const provider = await startOidcProvider({ client_id: 'page', redirect_uris: [redirect] }, 'onelabel')
  t.after(() => provider.close())
  writeFileSync(join(site.folder, 'jwks'), provider.jwks)
  await site.serve({
    ONELABEL_PORT: String(port),
    ONELABEL_JWT_ISSUER: provider.issuer,
    ONELABEL_JWT_AUDIENCE: 'onelabel',
    ONELABEL_JWT_JWKS: join(site.folder, 'jwks'),
    ONELABEL_OIDC_CLIENT_ID: 'page',
    ONELABEL_OIDC_REDIRECT_URL: redirect,
    ONELABEL_OIDC_SCOPE: 'openid onelabel:pacs',
  })
  const browser = await openBrowser(t)
  const tabs: Tab[] = []
  return {
    ...{ base, issuer: provider.issuer },
    /** @param bypassCSP where axe looks at it; else the policy holds */
    async open(bypassCSP = false): Promise<Page> {
      const tab = await openTab(browser, base, { bypassCSP, viewport: { width: 1024, height: 640 } })
      tabs.push(tab)
      await tab.page.goto(base)
      return tab.page
    },
    /** Faults of all tabs, but going to the provider is none. */
    faults: () => tabs.flatMap(({ faults }) => faults).filter((fault) => !fault.startsWith(`${provider.issuer}/`)),
  }
}

/** The forms of the provider: who one is, and that the page may know it. */
async function signInAs(page: Page, issuer: string, login: string): Promise<void> {
  await page.getByRole('link', { name: LINK }).click()
  await page.locator('[name=login]').fill(login)
  assert.equal(new URL(page.url()).origin, issuer)
  await page.locator('[name=password]').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

test('one is told to sign in, does so at the provider, sees jobs of one’s own and nobody else’s, and signs out', {
  skip: noChromium,
}, async (t) => {
  const { base, issuer, open, faults } = await openBoth(t)
  const page = await open(true)
  await page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor()
  assert.equal(await page.locator('.drop, input[type=password]').count(), 0, 'nothing else is offered, and no key')
  assert.deepEqual(await axeFaults(page), [])
  await signInAs(page, issuer, 'jane@example.org')
  await page.waitForSelector('.drop')
  assert.equal(page.url(), base)
  await segmented(page, sidedHead(), 'jane-T1.nii.gz')

  const joe = await open()
  await signInAs(joe, issuer, 'joe@example.org')
  await joe.getByText('None yet.').waitFor()
  assert.equal(await joe.locator('.job').count(), 0)

  // The same person at another computer.
  const other = await open()
  await signInAs(other, issuer, 'jane@example.org')
  await other.locator('.job.succeeded', { hasText: '1 lesion' }).waitFor()
  await other.getByRole('button', { name: 'Sign out' }).click()
  await other.getByRole('link', { name: LINK }).waitFor()
  assert.equal(await other.locator('.job').count(), 0)
  await other.reload()
  await other.getByRole('link', { name: LINK }).waitFor()
  assert.deepEqual(faults(), [])
})

test('who says no at the provider, or comes back with an answer that is forged, is told so and can try again', {
  skip: noChromium,
}, async (t) => {
  const { base, issuer, open, faults } = await openBoth(t)
  const page = await open(true)
  const isTold = async () => {
    const told = page.getByRole('alert')
    await told.waitFor()
    assert.match((await told.textContent())!, /Signing in at your organisation did not work\. Try again/)
    assert.equal(await page.locator('.drop').count(), 0)
  }
  await page.getByRole('link', { name: LINK }).click()
  await page.getByRole('link', { name: 'Cancel' }).click()
  await isTold()
  assert.deepEqual(await axeFaults(page), [])

  await page.getByRole('link', { name: LINK }).click()
  await page.locator('[name=login]').waitFor()
  await page.goto(`${base}v1/session/oidc/callback?code=forged&state=forged`)
  await isTold()
  const { signedIn } = (await page.evaluate('fetch("v1/session").then((answer) => answer.json())')) as {
    signedIn: boolean
  }
  assert.equal(signedIn, false)

  await signInAs(page, issuer, 'jane@example.org')
  await page.waitForSelector('.drop')
  assert.equal(await page.getByRole('alert').count(), 0)
  assert.deepEqual(faults(), [])
})
