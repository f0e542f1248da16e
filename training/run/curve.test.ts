import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { drawCurve } from './curve.ts'

test('a run of more steps than a call takes arguments is drawn, every step a dot', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onelabel-curve-'))
  const rows = Array.from({ length: 150_000 }, (_, step) => `${step + 1},${1 / (step + 1)}`)
  await writeFile(join(folder, 'loss.csv'), `step,loss\n${rows.join('\n')}\n`)
  await drawCurve(join(folder, 'loss.csv'), join(folder, 'loss.svg'), 'a long run')
  const svg = await readFile(join(folder, 'loss.svg'), 'utf8')
  assert.equal(svg.split(/M[\d.]+ [\d.]+h0/).length - 1, rows.length)
  const mean = /points="([^"]+)"/.exec(svg)![1]!.split(' ')
  assert.ok(mean.length > 780 && mean.length <= 1561, `${mean.length} points of the mean`) // a pixel, and half of one
  assert.match(mean.at(-1)!, /^840\.0,/) // the last step
  await rm(folder, { recursive: true })
})
