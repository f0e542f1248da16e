/** A map corrected on the page, in Debian's Chromium: the volumes follow, lesions are counted again, and the original stays. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { openTab } from './fixtures/browser.ts'
import { noChromium } from './fixtures/chromium.ts'
import { ALL_48 } from './fixtures/orientations.ts'
import { openService, segmented } from './fixtures/page-steps.ts'
import { sidedHead } from './fixtures/sided-head.ts'

/** Voxels of a label map by what nifti1.h says of its header, with their places in the world. */
function readMap(file: Buffer) {
  const bytes = gunzipSync(file)
  const shape = [1, 2, 3].map((n) => bytes.readInt16LE(40 + 2 * n))
  const voxels = bytes.subarray(bytes.readFloatLE(108))
  const rows = [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => bytes.readFloatLE(280 + 16 * row + 4 * column)))
  const placeOf = (at: number) => {
    const ijk = [at % shape[0]!, Math.floor(at / shape[0]!) % shape[1]!, Math.floor(at / shape[0]! / shape[1]!)]
    return rows.map((row) => row[3]! + ijk.reduce((sum, n, axis) => sum + n * row[axis]!, 0))
  }
  return { header: bytes.subarray(0, bytes.readFloatLE(108)), voxels, placeOf }
}

test('what is painted is counted, saved where it was painted, and the original is kept', {
  skip: noChromium,
}, async (t) => {
  const { site, base, browser } = await openService(t)
  site.gate.open()
  const { page, faults } = await openTab(browser, base, { viewport: { width: 1024, height: 640 } })
  await page.goto(base)
  // Stored with its axes exchanged and turned, so that who confuses the order of the voxels is found out.
  await segmented(page, sidedHead(ALL_48[29]!))
  const job = page.url().split('/').at(-1)
  const get = async (path: string) =>
    Buffer.from(await (await fetch(`${base}v1/segmentations/${job}/${path}`)).arrayBuffer())
  const original = await get('labels')
  await page.locator('.volumes [data-label="2"][data-ml="0.216"]').waitFor()

  await page.getByRole('button', { name: 'Correct it' }).click()
  await page.getByRole('button', { name: 'Save and recount' }).click()
  await page.getByRole('heading', { name: 'Corrected map' }).waitFor()
  assert.deepEqual(
    gunzipSync(await get('correction')),
    gunzipSync(original),
    'nothing was painted, and nothing changed',
  )

  await page.getByRole('button', { name: 'Correct it further' }).click()
  await page.getByLabel('Width in voxels').selectOption('1')
  await page.click('[data-lesion="1"] button')
  await page.focus('.stage canvas')
  // From the middle of the lesion, 15 ≤ z < 21, to where there is none.
  for (let n = 0; n < 6; n++) await page.keyboard.press('PageDown')
  await page.keyboard.press('Space')
  await page.locator('.volumes [data-label="2"][data-ml="0.217"]').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.locator('.volumes [data-label="2"][data-ml="0.216"]').waitFor()
  await page.focus('.stage canvas')
  await page.keyboard.press('Space')
  // what is said of the place follows the picture: until then it may be that of the middle of the lesion
  await page.locator('.place', { hasText: /down · lesion/ }).waitFor()
  const said = await page.textContent('.place')
  await page.getByRole('button', { name: 'Save and recount' }).click()
  await page.getByText('2 lesions, together 0.217 mL').waitFor()
  await page.locator('.volumes', { hasText: 'was 0.216' }).waitFor()

  const [before, after] = [readMap(original), readMap(await get('correction'))]
  const changed = [...after.voxels.keys()].filter((at) => after.voxels[at] !== before.voxels[at])
  assert.equal(changed.length, 1)
  assert.equal(after.voxels[changed[0]!], 2)
  const [x, y, z] = after.placeOf(changed[0]!) as [number, number, number]
  const [, right, front, vertical, way] = /^(\d+) mm right, (\d+) mm front, (\d+) mm (up|down)/.exec(said!)!
  const told = [Number(right), Number(front), Number(vertical) * (way === 'up' ? 1 : -1)]
  assert.ok(Math.hypot(x - told[0]!, y - told[1]!, z - told[2]!) < 1.5, `${[x, y, z]} and "${said}"`)
  assert.ok(x > 0 && y > 0 && z < -1, 'it lies below the lesion, on its side')
  assert.deepEqual(await get('labels'), original)

  await page.reload()
  await page.getByText('2 lesions, together 0.217 mL').waitFor()
  await page.getByRole('button', { name: 'Show the original' }).click()
  await page.getByText('1 lesion, together 0.216 mL').waitFor()
  const zip = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Training case' }).click()
  assert.match((await zip).suggestedFilename(), /\.zip$/)
  assert.deepEqual(faults, [])
})
