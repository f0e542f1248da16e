/**
 * The page as somebody uses it, in Debian's Chromium, before the service with the tiny model: what is dropped, what is shown
 * while it is computed and afterwards, on which side, in which colours.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { axeFaults, openTab, pixelsOf } from './fixtures/browser.ts'
import { noChromium } from './fixtures/chromium.ts'
import { dicomSeries, FLAIR, T1 } from './fixtures/dicom-study.ts'
import { LONG_EDGE, numberedHead } from './fixtures/numbered-head.ts'
import { ALL_48 } from './fixtures/orientations.ts'
import { choose, openService, resultShown, segmented } from './fixtures/page-steps.ts'
import { until } from './fixtures/service.ts'
import { EDGE, LESION, sidedHead } from './fixtures/sided-head.ts'
import { tinyCard } from './fixtures/tiny-model.ts'
import { zipped } from './fixtures/zipped.ts'

const skip = noChromium
const [, TISSUE, LESION_LABEL] = tinyCard('tiny', Buffer.alloc(0)).labels
const COLOURS = { tissue: TISSUE!.color, lesion: LESION_LABEL!.color }

test('a scan is dropped, its header and picture are shown before it is sent, then its progress and its result', {
  skip,
}, async (t) => {
  const { site, base, browser } = await openService(t)
  const { page, faults } = await openTab(browser, base)
  await page.goto(base)
  const { file } = numberedHead(40, LONG_EDGE)
  // As by a mouse: the files lie in the event.
  await page.waitForSelector('.drop')
  await page.evaluate(`{
    const transfer = new DataTransfer()
    transfer.items.add(new File([Uint8Array.from(${JSON.stringify([...file])})], 'sub-1_T1w.nii.gz'))
    const init = { dataTransfer: transfer, bubbles: true, cancelable: true }
    document.querySelector('.drop').dispatchEvent(new DragEvent('drop', init))
  }`)
  const slot = page.locator('.slot[data-channel=t1]')
  await slot.getByText('Put here because of its name').waitFor()
  assert.match((await slot.textContent())!, /32 × 32 × 32.*1 × 1 × 1 mm.*RAS/)
  await until(
    async () =>
      (await page.evaluate(
        `document.querySelector('.preview').getContext('2d').getImageData(80, 80, 1, 1).data[0] > 0`,
      )) === true,
  )
  await page.getByText(/How long it takes is not known before the first result here|It takes about/).waitFor()
  await page.fill('.field input', 'first')
  await page.click('button:text-is("Segment")')
  await site.gate.held()
  await page.waitForSelector('.job.running progress')
  await page.getByText(/finding tissue and lesions, part \d of 8/).waitFor()

  // Another tab, and this one loaded again, find it.
  const other = await openTab(browser, base)
  await other.page.goto(base)
  for (const one of [other.page, page]) {
    if (one === page) await page.reload()
    await one.locator('.job.running', { hasText: 'first' }).waitFor()
  }
  site.gate.open()
  await page.locator('.job.succeeded', { hasText: '1 lesion' }).waitFor()
  await page.click('.job.succeeded a.button')
  await resultShown(page)
  assert.match((await page.textContent('.volumes'))!, /brain tissue.*4\.088/)
  assert.match((await page.textContent('.lesions'))!, /0\.008/)
  assert.match((await page.textContent('.research'))!, /Research use only/)
  assert.deepEqual([...faults, ...other.faults], [])
})

test('what is cancelled is said to be so, and what is no scan is refused in words', { skip }, async (t) => {
  const { site, base, browser } = await openService(t)
  const { page, faults } = await openTab(browser, base)
  await page.goto(base)
  await choose(page, [{ name: 't1.nii.gz', buffer: numberedHead(1, LONG_EDGE).file }])
  await page.click('button:text-is("Segment")')
  await site.gate.held()
  await page.getByRole('button', { name: /^Cancel/ }).click()
  await page.locator('.job.cancelled', { hasText: 'Cancelled' }).waitFor()

  await choose(page, [{ name: 't1.nii.gz', buffer: Buffer.from('a letter to somebody') }])
  await page.getByText('This is neither NIfTI').waitFor()
  await page.click('button:text-is("Segment")')
  const refusal = page.getByRole('alert')
  await refusal.waitFor()
  assert.match((await refusal.textContent())!, /NIfTI.*Code: not-nifti/)
  assert.deepEqual(faults, [])
})

test('a file whose name says nothing is given a place by a person, and two that are the wrong way round trade places', {
  skip,
}, async (t) => {
  const { base, browser } = await openService(t)
  const { page } = await openTab(browser, base)
  await page.goto(base)
  await choose(page, [
    { name: 'one.nii.gz', buffer: sidedHead() },
    { name: 'T1_really_flair.nii.gz', buffer: sidedHead() },
  ])
  await page.locator('p.note', { hasText: 'Say of each file which scan it is' }).waitFor()
  assert.equal(await page.isDisabled('button:text-is("Segment")'), true)
  await page.locator('.unplaced').getByRole('button', { name: 'Use as T2-FLAIR' }).click()
  await page.locator('.slot[data-channel=flair]', { hasText: 'one.nii.gz' }).waitFor()
  await page.locator('.slot[data-channel=flair]').getByRole('button', { name: 'It is the T1-weighted' }).click()
  await page.locator('.slot[data-channel=t1]', { hasText: 'one.nii.gz' }).waitFor()
  await page.locator('.slot[data-channel=flair]', { hasText: 'T1_really_flair.nii.gz' }).waitFor()
  assert.equal(await page.isEnabled('button:text-is("Segment")'), true)
})

const VIEWS = [
  // Where the lesion lies from the middle of the head, in voxels to the right of the screen and down: radiological, then neurological.
  { plane: 'Axial', radiological: ['-x', '-y'], neurological: ['x', '-y'] },
  { plane: 'Coronal', radiological: ['-x', '-z'], neurological: ['x', '-z'] },
  { plane: 'Sagittal', radiological: ['-y', '-z'], neurological: ['-y', '-z'] },
] as const

/** From the middle of the head to that of the lesion, in voxels along an axis: "-x" is to the left of the patient. */
function fromMiddle(direction: string): number {
  const [first, end] = LESION[direction.at(-1) as 'x' | 'y' | 'z']
  return ((first + end) / 2 - 16) * (direction.startsWith('-') ? -1 : 1)
}

test('the overlay has the colours of the legend, and the right of the patient is on the side that the page says, however the scan is stored', {
  skip,
}, async (t) => {
  const { site, base, browser } = await openService(t)
  site.gate.open()
  const { page, faults } = await openTab(browser, base, { viewport: { width: 1024, height: 640 } })
  for (const map of [ALL_48[0]!, ALL_48[29]!]) {
    await page.goto(base)
    await segmented(page, sidedHead(map))
    await page.fill('input[type=range]', '100')
    for (const side of ['radiological', 'neurological'] as const) {
      await page.click(`.radios >> text=${side === 'radiological' ? 'Radiological' : 'Neurological'}`)
      for (const { plane, ...expected } of VIEWS) {
        await page.click(`.radios >> text=${plane}`)
        await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
        const { tissue, lesion } = await pixelsOf(page, '.stage canvas', COLOURS)
        assert.ok(tissue !== null && lesion !== null, `${plane} ${side}: colours of the legend`)
        // A plane fills the picture from the top to the bottom; the edges of what is drawn are soft.
        const voxel = (await page.locator('.stage canvas').boundingBox())!.height / EDGE
        const middle = [(tissue!.left + tissue!.right) / 2, (tissue!.top + tissue!.bottom) / 2]
        const found = [(lesion!.left + lesion!.right) / 2 - middle[0]!, (lesion!.top + lesion!.bottom) / 2 - middle[1]!]
        expected[side].forEach((direction, axis) => {
          const voxels = found[axis]! / voxel
          assert.ok(
            Math.abs(voxels - fromMiddle(direction)) < 0.5,
            `${plane} ${side}: ${voxels} for ${fromMiddle(direction)}`,
          )
        })
      }
    }
  }
  // A lesion of the table is where its place is said to be: its middle is at 3.5, 2.5, 1.5 mm.
  await page.click('[data-lesion="1"] button')
  await page.getByText(/^[34] mm right, [23] mm front, [12] mm up · lesion/).waitFor()
  assert.deepEqual(faults, [])
})

test('a zip of a DICOM study is looked into, sent, and computed', { skip }, async (t) => {
  const { site, base, browser } = await openService(t)
  site.gate.open()
  const { page, faults } = await openTab(browser, base)
  await page.goto(base)
  const buffer = await zipped([...dicomSeries(T1), ...dicomSeries(FLAIR)])
  await choose(page, [{ name: 'study.zip', buffer }])
  const study = page.locator('.slots table')
  await study.waitFor()
  assert.match((await study.textContent())!, /T1 PLANTED.*MR.*24 of 24 × 24.*1 × 1 × 4 mm.*FLAIR PLANTED/)
  await page.click('button:text-is("Segment")')
  await page.click('.job.succeeded a.button')
  await resultShown(page)
  await page.getByRole('button', { name: 'DICOM SEG' }).waitFor()
  assert.deepEqual(faults, [])
})

/** As openapi.yaml has a PacsStudy; there is no archive here. */
const STUDY = {
  ...{ id: '7b0c1c3e-0000-4000-8000-000000000001', studyInstanceUid: '1.2.3', source: 'orthanc', rule: 'brains' },
  ...{ state: 'parked', reason: 'several-t1', created: '2026-01-02T03:04:05Z', since: '2026-01-02T03:04:05Z' },
  ...{ ageS: null, lastImage: null, due: null, candidates: [], chosen: [], job: null, failures: 0, lastError: null },
}

test('axe finds nothing wrong with any view, light or dark', { skip }, async (t) => {
  const { site, base, browser } = await openService(t)
  site.gate.open()
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await openTab(browser, base, {
      colorScheme,
      bypassCSP: true,
      viewport: { width: 1024, height: 640 },
    })
    const found: string[] = []
    const judge = async (view: string) => found.push(...(await axeFaults(page)).map((fault) => `${view}: ${fault}`))
    await page.goto(base)
    await page.waitForSelector('.drop')
    await judge('start')
    await choose(page, [
      { name: 'T1.nii.gz', buffer: sidedHead() },
      { name: 'other.nii.gz', buffer: sidedHead() },
    ])
    await page.waitForSelector('.unplaced')
    await judge('chosen')
    await page.locator('.unplaced').getByRole('button', { name: 'Take it out' }).click()
    await page.click('button:text-is("Segment")')
    await page.waitForSelector('.job.succeeded a.button')
    await judge('jobs')
    await page.click('.job.succeeded a.button')
    await resultShown(page)
    await judge('result')
    await page.goto(`${base}#/models`)
    await page.waitForSelector('article')
    await judge('models')
    await page.goto(`${base}#/compare`)
    // in the second round there are two results to choose from
    await page.getByRole('heading', { name: 'Compare two dates' }).waitFor()
    await judge('compare')
    await page.route('**/v1/pacs/studies?*', (route) => route.fulfill({ json: { studies: [STUDY], next: null } }))
    await page.goto(`${base}#/studies`)
    await page.locator('tr', { hasText: 'put aside: a person has to look · several-t1' }).waitFor()
    await judge('studies')
    await page.goto(`${base}#/nothing`)
    await page.getByText('There is no such page').waitFor()
    await judge('nothing')
    assert.deepEqual(found, [])
  }
})
