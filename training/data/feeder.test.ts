/** The whole way from a recipe's data section to batches, on phantoms. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import type { PreprocessSpec } from '../../src/preprocess/spec.ts'
import { type FeederOptions, openFeeder } from './feeder.ts'
import type { StepBatch } from './protocol.ts'
import { type DataSpec, dataSpecSchema } from './spec.ts'
import { openStream } from './stream.ts'

const AUGMENT = {
  flip: 0.5,
  spatial: 0,
  rotationDegrees: 0,
  scale: [1, 1],
  gamma: 0,
  gain: 0.05,
  shift: 0.05,
  bias: 0,
  noise: 0.02,
  blur: 0,
  blurVoxels: 0,
}
const BOTH = [{ channels: ['t1', 'flair'], weight: 1 }]
const phantoms = (states: string, weight: number, channelSets: unknown = BOTH) => ({
  kind: 'phantom',
  name: `phantom-${states}`,
  weight,
  heldHeads: 2,
  patchesPerHead: 4,
  augment: AUGMENT,
  states,
  channelSets,
  sizeVoxels: 28,
})
const section = (...sources: unknown[]): DataSpec =>
  dataSpecSchema.parse({ sources, anywhere: 0.2, dropChannel: 0.3, prefetch: 2 })
const PREPROCESS: PreprocessSpec = {
  orientation: 'RAS',
  spacingMm: [1, 1, 1],
  normalize: { kind: 'foreground-zscore', quantile: 0.99, thresholdFraction: 0.15, clip: 4 },
  cropMarginMm: 2,
}
const options = (data: DataSpec): FeederOptions => ({
  data,
  folders: { dataDir: tmpdir(), workDir: tmpdir() },
  channels: ['t1', 'flair'],
  preprocess: PREPROCESS,
  seed: 11,
  workers: 1,
  heads: [[0, 1, 2, 3, 4]],
  batch: 2,
  patchVoxels: [16, 16, 16],
})

async function take(data: DataSpec, count: number, change: Partial<FeederOptions> = {}): Promise<StepBatch[]> {
  const feeder = openFeeder({ ...options(data), ...change })
  try {
    const batches: StepBatch[] = []
    while (batches.length < count) batches.push(await feeder.next())
    return batches
  } finally {
    await feeder.close()
  }
}

async function setsSeen(data: DataSpec, batches: number): Promise<Set<number>> {
  const stream = openStream({ ...options(data), worker: 0 })
  const seen = new Set<number>()
  for (let n = 0; n < batches; n++) for (const set of (await stream.next()).target) seen.add(set)
  return seen
}

test('the same seed gives the same batches, with one worker and with two; another seed gives others', async () => {
  const data = section(phantoms('tissue', 1), phantoms('lesion', 1))
  const first = await take(data, 6)
  assert.deepEqual(await take(data, 6), first)
  assert.notDeepEqual(await take(data, 6, { seed: 12 }), first)
  assert.deepEqual(await take(data, 4, { workers: 2 }), await take(data, 4, { workers: 2 }))
})

test('a batch has N patches, z, y, x, channel last, and says where each comes from', async () => {
  const [batch] = await take(section(phantoms('tissue', 1)), 1)
  assert.equal(batch!.image.length, 2 * 16 ** 3 * 2)
  assert.equal(batch!.targets.sets.length, 2 * 16 ** 3)
  assert.deepEqual(batch!.source, ['phantom-tissue', 'phantom-tissue'])
  assert.ok(batch!.image.every(Number.isFinite))
})

test('a tissue source never states lesion by itself, nor white matter without lesion', async () => {
  assert.deepEqual(
    [...(await setsSeen(section(phantoms('tissue', 1)), 20))].sort((a, b) => a - b),
    [1, 2, 4, 24],
  )
})

test('a lesion source states lesion or not lesion, and no tissue', async () => {
  assert.deepEqual(
    [...(await setsSeen(section(phantoms('lesion', 1)), 20))].sort((a, b) => a - b),
    [16, 127 - 16],
  )
})

test('sources are drawn in proportion to their weights', async () => {
  const stream = openStream({ ...options(section(phantoms('tissue', 3), phantoms('lesion', 1))), worker: 0 })
  const n = 150
  let tissue = 0
  for (let b = 0; b < n; b++) tissue += (await stream.next()).source.filter((name) => name === 'phantom-tissue').length
  // binomial: 4 standard errors of p = 0.75 over 300 draws are 0.1
  assert.ok(Math.abs(tissue / (2 * n) - 0.75) < 0.1, `${tissue} of ${2 * n}`)
})

test('a source may say itself how often a scan is dropped', async () => {
  const own = (dropChannel: number) => section({ ...phantoms('tissue', 1), dropChannel })
  const lacking = async (data: DataSpec): Promise<number> => {
    const stream = openStream({ ...options(data), worker: 0 })
    let patches = 0
    for (let b = 0; b < 20; b++) {
      const { image } = await stream.next()
      for (let start = 0; start < image.length; start += image.length / 2) {
        const patch = image.subarray(start, start + image.length / 2)
        if ([0, 1].some((c) => patch.every((value, at) => at % 2 !== c || value === 0))) patches++
      }
    }
    return patches
  }
  assert.deepEqual([await lacking(own(0)), await lacking(own(1))], [0, 40])
})

test('a head serves patchesPerHead patches on the average', async () => {
  const stream = openStream({ ...options(section(phantoms('tissue', 1))), worker: 0 })
  for (let b = 0; b < 20; b++) await stream.next()
  assert.deepEqual([stream.stats().patches, stream.stats().heads], [40, 10])
})

test('workers go on while the main thread is blocked, as far as the queue reaches', async () => {
  const feeder = openFeeder({ ...options(section(phantoms('tissue', 1))) })
  try {
    await feeder.next()
    // no turn of the event loop in here
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(feeder.stats().ready, 2)
  } finally {
    await feeder.close()
  }
})

test('a source with nothing on disk is left out and named; with no source left there is nothing to train on', () => {
  const pseudo = {
    kind: 'pseudo-t1',
    name: 'pseudo',
    weight: 1,
    heldHeads: 1,
    patchesPerHead: 1,
    augment: AUGMENT,
    subjects: ['sub-01'],
  }
  const nowhere = { folders: { dataDir: tmpdir(), workDir: '/nonexistent' } }
  assert.throws(
    () => openFeeder({ ...options(section(pseudo)), ...nowhere }),
    /pseudo: source left out: sub-01: no scan/,
  )
  assert.throws(
    () => openFeeder({ ...options(section(pseudo)), folders: { dataDir: '/nonexistent', workDir: tmpdir() } }),
    /^Error: there is no data folder \/nonexistent: --data says where it is$/,
  )
  const feeder = openFeeder({ ...options(section(pseudo, phantoms('tissue', 1))), ...nowhere })
  assert.equal(feeder.notes.length, 1)
  return feeder.close()
})

test('a fault in a worker reaches whoever waits for its batch', async () => {
  const never = { ...PREPROCESS, normalize: { ...PREPROCESS.normalize, thresholdFraction: 1, quantile: 1 } }
  await assert.rejects(take(section(phantoms('tissue', 1)), 1, { preprocess: never }), /a scan must have contrast/)
})
