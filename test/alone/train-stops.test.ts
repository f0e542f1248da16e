/** When a run ends: told to stop, after its steps, or after its time; and what is done again when it is called again. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { readCheckpoint } from '../../training/run/checkpoint.ts'
import type { Recipe } from '../../training/run/recipe.ts'
import { readRecipe } from '../../training/run/recipe-file.ts'
import { readRecord } from '../../training/run/run-record.ts'
import { trainRun } from '../../training/run/train-run.ts'

const out = await mkdtemp(join(tmpdir(), 'onelabel-stops-'))
after(() => rm(out, { recursive: true }))

const tiny = await readRecipe(resolve(import.meta.dirname, '../../training/recipes/tiny-phantom.json'))
const common = { out, dataDir: out, device: 'cpu', workers: 1, maxSeconds: Number.POSITIVE_INFINITY } as const
const withSteps = (id: string, steps: number): Recipe => ({ ...tiny, id, schedule: { ...tiny.schedule, steps } })
const rowsOf = async (id: string) => (await readFile(join(out, id, 'curve.csv'), 'utf8')).trim().split('\n').slice(1)

test('told to stop it stops after that step, with a checkpoint from which the same call goes on', async () => {
  const recipe = withSteps('stopped', 6)
  const controller = new AbortController()
  const onStep = ({ step }: { readonly step: number }) => {
    if (step === 3) controller.abort()
  }
  const stopped = await trainRun(recipe, { ...common, signal: controller.signal, onStep, recipeFile: 'mine.json' })
  assert.deepEqual([stopped.finished, stopped.steps], [false, 3])
  assert.equal((await readCheckpoint(join(out, 'stopped/checkpoint.bin')))!.step, 3)
  const steps: number[] = []
  const ended = await trainRun(recipe, { ...common, onStep: ({ step }) => void steps.push(step) })
  assert.deepEqual([ended.finished, steps], [true, [4, 5, 6]])
  assert.equal((await rowsOf('stopped')).length, 6)
})

test('a finished run is not touched, and its record says what it was made of', async () => {
  const recipe = withSteps('stopped', 6)
  const before = await stat(join(out, 'stopped/model.onnx'))
  const again = await trainRun(recipe, { ...common, onStep: () => assert.fail('it was finished') })
  assert.deepEqual([again.finished, again.steps], [true, 6])
  assert.equal((await stat(join(out, 'stopped/model.onnx'))).mtimeMs, before.mtimeMs)
  const notes: string[] = []
  await trainRun({ ...recipe, batch: 1 }, { ...common, onNote: (note) => void notes.push(note) })
  assert.match(notes.join(), /stopped was begun with another recipe than this one/)
  const record = (await readRecord(join(out, 'stopped')))!
  assert.deepEqual(record.recipe, recipe)
  assert.deepEqual(record.sources, [
    { name: 'phantom-tissue', subjects: null },
    { name: 'phantom-lesion', subjects: null },
  ])
})

test('a run that lasts for a time is over after it, and its learning rate has gone by the time', async () => {
  const recipe = withSteps('timed', 1_000_000)
  const shares: number[] = []
  const { finished, seconds, steps } = await trainRun(recipe, {
    ...common,
    scheduleSeconds: 3,
    onStep: ({ share }) => void shares.push(share),
  })
  assert.ok(finished && seconds >= 3 && steps < 1_000_000)
  const rates = (await rowsOf('timed')).map((row) => Number(row.split(',')[3]))
  // By its steps it would still be in the warm-up: 20 of a million.
  for (const [at, share] of shares.slice(0, -1).entries()) {
    const next = rates[at + 1]!
    const latest = tiny.schedule.peakRate * (0.02 + (0.98 * (1 + Math.cos(Math.PI * share))) / 2)
    assert.ok(next <= latest * 1.001 + 1e-9, `after ${share} of the time: ${next}, at most ${latest}`)
  }
  const again = await trainRun(recipe, { ...common, scheduleSeconds: 3, onStep: () => assert.fail('it was over') })
  assert.equal(again.steps, steps)
})
