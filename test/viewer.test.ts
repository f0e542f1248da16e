/**
 * A segmentation of ours in OHIF, as somebody sees it: OHIF's npm package in Debian's Chromium, before Debian's Orthanc, by
 * what is in deploy/viewer. What is drawn where is read off the screen.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import type { PNG } from 'pngjs'
import type { SourceSeries } from '../src/dicom/source-series.ts'
import type { LabelVolume } from '../src/volume/volume.ts'
import { noChromium, openPage, type Page } from './fixtures/chromium.ts'
import { segOf } from './fixtures/dicom-seg.ts'
import { LABEL_SET, rawElement, sourceOn } from './fixtures/dicom-source.ts'
import { dicomSeries, EDGE, PLANTED, SLICE_MM, T1 } from './fixtures/dicom-study.ts'
import { noNginx, startNginx } from './fixtures/nginx.ts'
import { noOrthanc, startOrthanc } from './fixtures/orthanc.ts'
import { until } from './fixtures/service.ts'

const OHIF = join(process.env['ONELABEL_PEERS'] ?? join(homedir(), '.cache/onelabel-peers'), 'ohif/package/dist')
const VIEWER = resolve(import.meta.dirname, '../deploy/viewer')
const skip = (existsSync(OHIF) ? false : `no OHIF in ${OHIF}`) || noChromium || noOrthanc || noNginx
const SEGMENTATION = 'onelabel segmentation (research use only)'

// The slices of the scan of dicom-study.ts (i grows to the patient's left, j to the back and k to the head) that have
// some of the head: a box of 12 × 12 voxels in each.
const [HEAD, HEAD_END] = [6, 18]
const GRID = {
  shape: [EDGE, EDGE, HEAD_END - HEAD],
  affine: [-1, 0, 0, 11.5, 0, -1, 0, 11.5, 0, 0, SLICE_MM, SLICE_MM * HEAD, 0, 0, 0, 1],
} as const

/** In white matter a lesion two columns wide whose row is the number of the slice; CSF and grey matter at the front, right. */
function labelAt(i: number, j: number, k: number): number {
  if ((i === 16 || i === 17) && j === k) return 4
  if (j >= 3 || i >= 4) return 3
  return i < 2 ? 1 : 2
}
const LABELS: LabelVolume = {
  ...GRID,
  data: Uint8Array.from({ length: EDGE ** 2 * GRID.shape[2] }, (_, at) =>
    labelAt(at % EDGE, Math.floor(at / EDGE) % EDGE, HEAD + Math.floor(at / EDGE ** 2)),
  ),
}
const source = sourceOn(GRID, [rawElement('00100020', 'LO', `${PLANTED}-ID`)])
const SOURCE: SourceSeries = {
  ...source,
  ...{ studyInstanceUid: '1.2.3', seriesInstanceUid: '1.2.3.1', frameOfReferenceUid: '1.2.3.9' },
  slices: source.slices.map((slice, at) => ({ ...slice, sopInstanceUid: `1.2.3.1.${HEAD + at + 1}` })),
}

/** deploy/viewer as it is, but for where it listens and what lies where. */
const server = (archive: string) => (port: number) =>
  Object.entries({
    '127.0.0.1:8043': `127.0.0.1:${port}`,
    'http://127.0.0.1:8042;': `${archive};`,
    'root /srv/ohif/package/dist;': `root ${OHIF};`,
    'alias /srv/ohif/ohif-config.js;': `alias ${VIEWER}/ohif-config.js;`,
  }).reduce(
    (text, [of, value]) => {
      assert.ok(text.includes(of), of)
      return text.replaceAll(of, value)
    },
    `include /etc/nginx/mime.types;\n${readFileSync(join(VIEWER, 'onelabel-ohif.conf'), 'utf8')}`,
  )

const text = async (page: Page) => String(await page.evaluate('document.body.innerText'))

interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}
const middleOf = ({ left, top, width, height }: Box) => ({ x: left + width / 2, y: top + height / 2 })

/** The box of the first element that an expression in the page finds; null without one. */
const boxOf = (page: Page, element: string) =>
  page.evaluate(
    `(() => { const { left, top, width, height } = (${element})?.getBoundingClientRect() ?? {}; return width ? { left, top, width, height } : null })()`,
  ) as Promise<Box | null>
const leaf = (says: string) =>
  `[...document.querySelectorAll('*')].find((e) => e.children.length === 0 && e.textContent.trim() === ${JSON.stringify(says)})`
const CANVAS = `document.querySelector('canvas.cornerstone-canvas')`

/** What its dot in the list of segments is filled with. */
const dotOf = (name: string) =>
  `(() => {
    for (let e = ${leaf(name)}; e; e = e.parentElement) {
      const dot = e.querySelector('[style*="background-color"]')
      if (dot) return dot.style.backgroundColor.match(/\\d+/g).map(Number)
    }
    return null
  })()`

const pixels = (from: number, length: number) =>
  Array.from({ length: Math.floor(length) }, (_, n) => Math.ceil(from) + n)

/** First and end of the lines of pixels, down or across, of which more than `most` are so. */
function extent(box: Box, most: number, isSo: (along: number, across: number) => boolean): readonly [number, number] {
  const lines = pixels(box.left, box.width).filter(
    (along) => pixels(box.top, box.height).filter((across) => isSo(along, across)).length > most,
  )
  return [lines[0] ?? Number.NaN, (lines.at(-1) ?? Number.NaN) + 1]
}

/** Where the lesion is drawn from the middle of the head, in voxels to the right of the screen and down. */
function lesionFromHead({ data, width }: PNG, box: Box): readonly [number, number] {
  const at = (x: number, y: number) => data.subarray(4 * (y * width + x)) as Uint8Array
  const isLesion = (x: number, y: number) => at(x, y)[0]! - at(x, y)[1]! > 60
  // Under half of the colour of white matter the head is bright and what is around it is dark.
  const isHead = (x: number, y: number) => at(x, y)[0]! > 190 && at(x, y)[1]! > 190
  const turned = { left: box.top, width: box.height, top: box.left, height: box.width }
  const across = [extent(box, 200, isHead), extent(box, 15, isLesion)] as const
  const down = [extent(turned, 200, (y, x) => isHead(x, y)), extent(turned, 15, (y, x) => isLesion(x, y))] as const
  return [across, down].map(([head, lesion]) => {
    const voxel = (head[1] - head[0]) / (HEAD_END - HEAD)
    return (lesion[0] + lesion[1] - head[0] - head[1]) / 2 / voxel
  }) as [number, number]
}

test('OHIF lists the segments by our names and colours, and draws them where they lie', { skip }, async (t) => {
  const orthanc = await startOrthanc(t)
  for (const file of dicomSeries(T1).slice(HEAD, HEAD_END)) await orthanc.post('instances', file)
  await orthanc.post('instances', Buffer.concat([...segOf(SOURCE, LABELS).chunks()]))
  const base = await startNginx(t, 0, server(orthanc.url.origin))
  const page = await openPage(t, `${base}/segmentation?StudyInstanceUIDs=1.2.3`)
  await until(async () => (await boxOf(page, leaf(SEGMENTATION))) !== null)
  await until(async () => /I:\s*\d+ \(/.test(await text(page)))
  const names = LABEL_SET.filter(({ value }) => value > 0).map(({ name }) => name)
  await page.click(middleOf((await boxOf(page, leaf(SEGMENTATION)))!), 2)
  await until(async () => (await text(page)).includes(names.at(-1)!))
  const listed = (await text(page)).split('\n').filter((line) => names.includes(line.trim()))
  assert.deepEqual(listed, names)
  for (const { name, color } of LABEL_SET.filter(({ value }) => value > 0)) {
    const dot = (await page.evaluate(dotOf(name))) as number[]
    for (const [channel, value] of color!.entries()) {
      assert.ok(Math.abs(dot[channel]! - value) <= 2, `${name}: ${dot} and ${color}`)
    }
  }
  const shown = async () => Number(/I:\s*(\d+) \(/.exec(await text(page))?.[1])
  const canvas = (await boxOf(page, CANVAS))!
  const isWhereItLies = async () => {
    const found = lesionFromHead(await page.screenshot(), canvas)
    // Columns 16 and 17, and the row of the slice, from the middle of voxels 6 to 17.
    const expected = [17 - 12, (await shown()) - 1 + 0.5 - 12]
    return found.every((voxels, axis) => Math.abs(voxels - expected[axis]!) < 0.2)
  }
  await until(isWhereItLies)
  // From the crown, where it begins, to below the scan's own lesion (images 11 to 14), whose brightness darkens the head.
  assert.ok((await shown()) > 14)
  await until(async () => {
    await page.scroll(middleOf(canvas))
    return (await shown()) < 11
  })
  await until(isWhereItLies)
})
