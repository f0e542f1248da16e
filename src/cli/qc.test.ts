import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createCanvas } from '../picture/canvas.ts'
import { pngOf } from '../picture/png.ts'
import { qc } from './qc.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-qc-'))
after(() => rmSync(folder, { recursive: true }))

const REPORT = JSON.stringify({
  model: { id: 'm', version: '1', sha256: 'a' },
  labels: [{ value: 1, name: 'tissue', assessable: true, voxels: 1, volumeMl: 1.25, confidence: 0.9 }],
  lesions: { assessable: false, count: null, totalMl: null, largestMl: null, list: null },
  warnings: [],
})
const PICTURE = pngOf(createCanvas(3, 2))

test('every report in the folders is a subject with its picture, and other files are passed over', async () => {
  mkdirSync(join(folder, 'in', 'sub-2'), { recursive: true })
  writeFileSync(join(folder, 'in', 'a.json'), REPORT)
  writeFileSync(join(folder, 'in', 'a.png'), PICTURE)
  writeFileSync(join(folder, 'in', 'card.json'), '{"labels": []}')
  writeFileSync(join(folder, 'in', 'broken.json'), '{')
  writeFileSync(join(folder, 'in', 'sub-2', 'report.json'), REPORT)
  const page = join(folder, 'qc.html')
  assert.equal(await qc([join(folder, 'in'), '-o', page]), 0)
  const html = readFileSync(page, 'utf8')
  assert.deepEqual(
    [...html.matchAll(/<h2>(.*?)<\/h2>(<img|<p>no picture)/g)].map(([, name, picture]) => [name, picture]),
    [
      ['a', '<img'],
      ['sub-2', '<p>no picture'],
    ],
  )
  assert.ok(html.includes(PICTURE.toString('base64')))
  assert.match(
    html,
    /<td>tissue<\/td><td class="number">1\.25<\/td><td class="number">1<\/td><td class="number">0\.90<\/td>/,
  )
})

test('what cannot be meant is a usage error', async () => {
  mkdirSync(join(folder, 'empty'))
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['-o', 'qc.html'], /no folder/],
    [[folder], /-o <qc\.html> is missing/],
    [[folder, '-o', 'qc.htm'], /-o must end in \.html/],
    [[join(folder, 'none'), '-o', 'qc.html'], /cannot read .*none/],
    [[join(folder, 'empty'), '-o', 'qc.html'], /no report of onelabel segment lies in/],
  ]
  for (const [args, message] of wrong) {
    await assert.rejects(qc(args), (error: Error & { code?: string }) => {
      return message.test(error.message) && error.code === 'ERR_PARSE_ARGS_ONELABEL'
    })
  }
})
