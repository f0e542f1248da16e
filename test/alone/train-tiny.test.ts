/**
 * The whole of training in one go: the tiny recipe (phantoms whose truth is split over a tissue source and a lesion
 * source, so no sample states both) trains, is exported, and labels unseen phantoms through segment(), tissue and
 * lesion together, as well as the recipe states.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { segment } from '../../src/inference/segment.ts'
import { dice } from '../../src/measure/overlap.ts'
import type { Card } from '../../src/model/card.ts'
import { openEngine } from '../../src/network/ort.ts'
import { exportOnnx } from '../../training/compile/export.ts'
import { loadModel } from '../../training/compile/model-files.ts'
import { seededRandom } from '../../training/compile/random.ts'
import { readCheckpoint } from '../../training/run/checkpoint.ts'
import { readRecipe } from '../../training/run/recipe-file.ts'
import { train } from '../../training/run/train.ts'
import { readValidations, type ValidationSpec, validate, validationSchema } from '../../training/run/validation.ts'
import type { Modality } from '../../training/sources/synth/contrast.ts'
import { phantomHead } from '../../training/sources/synth/phantom.ts'
import { buildNifti } from '../fixtures/nifti.ts'
import { tinyCard } from '../fixtures/tiny-model.ts'

const workFolder = await mkdtemp(join(tmpdir(), 'onelabel-tiny-'))
after(() => rm(workFolder, { recursive: true }))
const runFolder = join(workFolder, 'tiny')

const UNSEEN_SEED = 999

/** A phantom on disk, as any labelled subject lies there. */
async function phantomToChooseBy(): Promise<ValidationSpec> {
  const { scans, truth } = phantomHead(40, ['t1', 'flair'], seededRandom(UNSEEN_SEED - 1))
  const dim = [3, ...truth.shape]
  const files = new Map<string, Buffer>([['truth.nii', buildNifti({ datatype: 2, dim, data: truth.data })]])
  for (const [name, { data }] of scans)
    files.set(`${name}.nii`, buildNifti({ datatype: 16, dim, data: data as Float32Array }))
  for (const [name, bytes] of files) await writeFile(join(workFolder, name), bytes)
  const sha256 = [...files].map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')])
  return validationSchema.parse({
    everySteps: 150,
    synth: {},
    subjects: [
      {
        ...{ name: 'phantom', group: 'phantoms', note: 'nested ellipsoids', licenceClass: 'A', kind: 'labels' },
        ...{ scans: { t1: 't1.nii', flair: 'flair.nii' }, truth: 'truth.nii', grid: 't1', others: 'refuse' },
        map: {
          'cerebrospinal fluid': '1',
          'grey matter': '2',
          'white matter': '3',
          'white matter hyperintensity': '4',
        },
        sha256: Object.fromEntries(sha256),
      },
    ],
  })
}

test('the tiny recipe reaches the Dice that it states', async (t) => {
  const stated = await readRecipe(resolve(import.meta.dirname, '../../training/recipes/tiny-phantom.json'))
  const recipe = { ...stated, validation: await phantomToChooseBy() }
  const target = recipe.target!
  const options = { runFolder, dataDir: workFolder, device: 'cpu', workers: 1, maxSeconds: 3_600 } as const
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

test('of the steps that were looked at, the best is exported', async () => {
  const rows = await readValidations(join(runFolder, 'validation.csv'))
  assert.deepEqual(
    rows.map(({ step }) => step),
    [150, 300],
  )
  const best = rows.toSorted((a, b) => b.meanDice - a.meanDice)[0]!
  assert.equal((await readCheckpoint(join(runFolder, 'best.bin')))!.step, best.step)
  const recipe = await readRecipe(resolve(import.meta.dirname, '../../training/recipes/tiny-phantom.json'))
  const exported = await loadModel(join(runFolder, 'model/model.json'))
  const where = { folder: runFolder, dataDir: workFolder, threads: 0 }
  const { meanDice } = await validate(exported, recipe, await phantomToChooseBy(), where)
  assert.ok(Math.abs(meanDice - best.meanDice) < 1e-4, `${meanDice}, ${best.meanDice}`)
  assert.match(await readFile(join(runFolder, 'curve.svg'), 'utf8'), new RegExp(`Dice ${best.meanDice.toFixed(3)}`))
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
  for (const kept of ['best', 'last', 'model'] as const) {
    if (kept === 'last') await cp(join(runFolder, 'best.bin'), join(runFolder, 'checkpoint.bin'))
    if (kept !== 'best') await rm(join(runFolder, kept === 'last' ? 'best.bin' : 'checkpoint.bin'))
    const next = join(workFolder, kept)
    const notes: string[] = []
    await train(
      { ...recipe, seed: 8, startFrom: 'tiny' },
      // stops before its first step: its model is what it started from
      { runFolder: next, dataDir: workFolder, device: 'cpu', workers: 1, maxSeconds: 0, onNote: (n) => notes.push(n) },
    )
    assert.match(
      notes.join('\n'),
      kept === 'model'
        ? /starts from .*tiny.model.model\.json; new weights: none/
        : /starts from step \d+ of .*tiny; new weights: none/,
    )
    assert.ok((await weights(next)).equals(await weights(runFolder)))
  }
  // the filters take over what the norms did
  const fixed = join(workFolder, 'fixed')
  const told: string[] = []
  const unet = { ...recipe.unet, norm: 'fixed' } as const
  const options = { runFolder: fixed, dataDir: workFolder, device: 'cpu', workers: 1, maxSeconds: 0 } as const
  await train({ ...recipe, unet, startFrom: 'tiny' }, { ...options, onNote: (note) => told.push(note) })
  assert.match(told.join('\n'), /new weights: none.*\n.*norms are fixed/)
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
