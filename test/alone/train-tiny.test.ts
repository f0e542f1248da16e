/**
 * The whole of training in one go: the tiny recipe (phantoms whose truth is split over a tissue source and a lesion
 * source, so no sample states both) trains, is exported, and labels unseen phantoms through segment(), tissue and
 * lesion together, as well as the recipe states.
 */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { openEngine } from '../../src/inference/ort.ts'
import { segment } from '../../src/inference/segment.ts'
import { dice } from '../../src/measure/overlap.ts'
import type { Card } from '../../src/model/card.ts'
import { exportOnnx } from '../../training/export.ts'
import { seededRandom } from '../../training/random.ts'
import { readRecipe } from '../../training/recipe.ts'
import type { Modality } from '../../training/synth/contrast.ts'
import { phantomHead } from '../../training/synth/phantom.ts'
import { train } from '../../training/train.ts'
import { tinyCard } from '../fixtures/tiny-model.ts'

const workFolder = await mkdtemp(join(tmpdir(), 'onelabel-tiny-'))
after(() => rm(workFolder, { recursive: true }))
const runFolder = join(workFolder, 'tiny')

const UNSEEN_SEED = 999

test('the tiny recipe reaches the Dice that it states, in under three minutes', { timeout: 180_000 }, async (t) => {
  const recipe = await readRecipe(resolve(import.meta.dirname, '../../training/recipes/tiny-phantom.json'))
  const target = recipe.target!
  const options = { runFolder, dataDir: workFolder, device: 'cpu', workers: 1, maxSeconds: 170 } as const
  const { model, finished, seconds } = await train(recipe, options)
  assert.ok(finished, `stopped after ${seconds} s`)
  const { bytes } = await exportOnnx(model, {})
  await writeFile(join(runFolder, 'model.onnx'), bytes)

  const { id, channels, required, labels, preprocess, inference, postprocess } = recipe
  const card: Card = { ...tinyCard(id, bytes), channels, required, labels, preprocess, inference, postprocess }
  const { engine, close } = await openEngine(join(runFolder, 'model.onnx'), card, { device: 'cpu', threads: 0 })
  const scores: number[][] = labels.map(() => [])
  const sets: readonly (readonly Modality[])[] = [['t1', 'flair'], ['flair']]
  for (let head = 0; head < target.heads; head++) {
    const given = sets[head % sets.length]!
    const { scans, truth } = phantomHead(40, given, seededRandom(UNSEEN_SEED, head))
    const { labels: found } = await segment(scans, card, engine)
    dice(found, truth, labels.length).forEach((score, value) => {
      if (score !== null) scores[value]!.push(score)
    })
  }
  await close()
  const means = scores.map((list) => list.reduce((sum, x) => sum + x, 0) / list.length)
  const mean = means.slice(1).reduce((sum, x) => sum + x, 0) / (means.length - 1)
  t.diagnostic(`${Math.round(seconds)} s; Dice ${means.map((x, k) => `${labels[k]!.name} ${x.toFixed(3)}`).join(', ')}`)
  assert.ok(mean >= target.meanDice, `mean Dice ${mean} is below ${target.meanDice}: ${means}`)
  for (const value of [1, 2, 3, 4]) assert.ok(means[value]! > 0.5, `${labels[value]!.name}: ${means[value]}`)
})

test('the run leaves a loss curve with a row a step, and a falling loss', async () => {
  const rows = (await readFile(join(runFolder, 'curve.csv'), 'utf8')).trim().split('\n').slice(1)
  const recipe = await readRecipe(resolve(import.meta.dirname, '../../training/recipes/tiny-phantom.json'))
  assert.equal(rows.length, recipe.schedule.steps)
  const losses = rows.map((row) => Number(row.split(',')[1]))
  const mean = (list: number[]) => list.reduce((sum, x) => sum + x, 0) / list.length
  assert.ok(mean(losses.slice(-20)) < mean(losses.slice(0, 20)) / 4)
  assert.match(await readFile(join(runFolder, 'curve.svg'), 'utf8'), /^<svg/)
})

test('another run starts from the checkpoint, or where only the model was kept, from the model', async () => {
  const recipe = await readRecipe(resolve(import.meta.dirname, '../../training/recipes/tiny-phantom.json'))
  const weights = (folder: string) => readFile(join(folder, 'model/weights.bin'))
  for (const kept of ['checkpoint.bin', 'model'] as const) {
    if (kept === 'model') await rm(join(runFolder, 'checkpoint.bin'))
    const next = join(workFolder, kept)
    const notes: string[] = []
    await train(
      { ...recipe, seed: 8, startFrom: 'tiny' },
      // stops before its first step: its model is what it started from
      { runFolder: next, dataDir: workFolder, device: 'cpu', workers: 1, maxSeconds: 0, onNote: (n) => notes.push(n) },
    )
    assert.match(notes.join('\n'), new RegExp(`starts from .*/tiny/${kept}.*; new weights: none`))
    assert.ok((await weights(next)).equals(await weights(runFolder)))
  }
  await rm(join(runFolder, 'model'), { recursive: true })
  const lost = {
    runFolder: join(workFolder, 'lost'),
    dataDir: workFolder,
    device: 'cpu',
    workers: 1,
    maxSeconds: 0,
  } as const
  await assert.rejects(
    train({ ...recipe, startFrom: 'tiny' }, lost),
    /has neither checkpoint\.bin nor model\/model\.json/,
  )
})
