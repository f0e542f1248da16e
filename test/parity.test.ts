/**
 * The ONNX network and the tfjs model it was traced from, each as the engine of the same segment(): logits within 1e-4
 * (of the largest logit, where that is above 1) and at least 99.99 % equal labels.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import '../training/compile/cpu-backend.ts'
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { segment } from '../src/inference/segment.ts'
import type { Card } from '../src/model/card.ts'
import { readModels } from '../src/model/registry.ts'
import type { Engine } from '../src/network/engine.ts'
import { openEngine } from '../src/network/ort.ts'
import type { Volume } from '../src/volume/volume.ts'
import { exportOnnx, openServedGraph, servedGraph } from '../training/compile/export.ts'
import { seededRandom } from '../training/compile/random.ts'
import { encodeOnnx } from '../training/compile/trace/onnx.ts'
import { buildUnet } from '../training/method/unet.ts'
import { readTrained } from '../training/run/trained-model.ts'
import { phantomHead } from '../training/sources/synth/phantom.ts'
import { tinyCard } from './fixtures/tiny-model.ts'

const MAX_DIFFERENCE = 1e-4
const LEAST_EQUAL = 0.9999

const folder = await mkdtemp(join(tmpdir(), 'onelabel-parity-'))
before(() => tf.setBackend('cpu'))
after(() => rm(folder, { recursive: true }))

/** The labels, and the logits of every patch in the order in which they were asked for. */
async function recorded(scans: ReadonlyMap<string, Volume<'scan'>>, card: Card, engine: Engine) {
  const patches: Float32Array[] = []
  const { labels } = await segment(scans, card, async (input, shape) => {
    const logits = await engine(input, shape)
    patches.push(logits.slice())
    return logits
  })
  return { labels: labels.data, patches }
}

async function exported(model: LayersModel, card: Card): Promise<string> {
  const [w, h, d] = card.inference.patchVoxels
  const path = join(folder, 'model.onnx')
  if ('tiles' in card.inference) {
    const { multiple } = card.inference.tiles
    await writeFile(path, encodeOnnx(await openServedGraph((space) => servedGraph(model, { space }), multiple), {}))
  } else await writeFile(path, (await exportOnnx(model, {}, [d, h, w])).bytes)
  return path
}

async function throughOnnx(path: string, card: Card, scans: ReadonlyMap<string, Volume<'scan'>>) {
  const { engine, close } = await openEngine(path, card, { device: 'cpu', threads: 0 })
  const result = await recorded(scans, card, engine)
  await close()
  return result
}

/** Relative to the largest value, or to 1 where none is above. */
function largestDifference(ours: readonly Float32Array[], theirs: readonly Float32Array[]): number {
  let difference = 0
  let largest = 1
  for (const [n, values] of ours.entries()) {
    assert.equal(values.length, theirs[n]!.length)
    for (let at = 0; at < values.length; at++) {
      difference = Math.max(difference, Math.abs(values[at]! - theirs[n]![at]!))
      largest = Math.max(largest, Math.abs(values[at]!))
    }
  }
  return difference / largest
}

/** Both engines over the same scans. */
async function compare(model: LayersModel, card: Card, scans: ReadonlyMap<string, Volume<'scan'>>) {
  const onnx = await throughOnnx(await exported(model, card), card, scans)
  const tfjs = await recorded(scans, card, async (input, shape) =>
    tf.tidy(() => {
      const patch = tf.tensor(input.slice(), [1, card.channels.length, ...shape])
      const logits = model.apply(tf.transpose(patch, [0, 2, 3, 4, 1])) as tf.Tensor
      return tf.transpose(logits, [0, 4, 1, 2, 3]).dataSync() as Float32Array
    }),
  )
  const equal = tfjs.labels.reduce((count, label, at) => count + Number(label === onnx.labels[at]), 0)
  assert.equal(onnx.patches.length, tfjs.patches.length)
  return {
    patches: tfjs.patches.length,
    difference: largestDifference(tfjs.patches, onnx.patches),
    equalLabels: equal / tfjs.labels.length,
    found: new Set(tfjs.labels),
  }
}

function check(t: TestContext, { patches, difference, equalLabels, found }: Awaited<ReturnType<typeof compare>>): void {
  t.diagnostic(`${difference.toExponential(1)}, ${100 * equalLabels} % equal labels, ${patches} patches`)
  assert.ok(patches >= 8, `${patches} patches`)
  assert.ok(found.size >= 3, `labels ${[...found]}: too little is compared`)
  assert.ok(difference <= MAX_DIFFERENCE, `${difference}`)
  assert.ok(equalLabels >= LEAST_EQUAL, `${equalLabels}`)
}

test('a small random U-Net over eight patches', async (t) => {
  const card = tinyCard('random', new Uint8Array(1))
  const shape = { patch: [16, 16, 16], channels: card.channels.length, labels: card.labels.length } as const
  const model = buildUnet({ stem: 2, channels: [4, 6, 8], convolutions: 1 }, shape, 7)
  check(t, await compare(model, card, phantomHead(22, ['t1', 'flair'], seededRandom(7)).scans))
})

test('the bundled model over eight patches of 32 voxels and more', async (t) => {
  const [bundled] = await readModels(resolve(import.meta.dirname, '../models'))
  const tiles = 'tiles' in bundled!.card.inference && { tiles: { multiple: 16, contextVoxels: 0 } }
  const inference: Card['inference'] = { ...bundled!.card.inference, patchVoxels: [32, 32, 32], ...tiles }
  const model = await readTrained(bundled!.folder)
  const { scans } = phantomHead(44, ['t1', 'flair'], seededRandom(8))
  check(t, await compare(model, { ...bundled!.card, inference }, scans))
})

test('the shipped ONNX file is the network that the tfjs model it was made of converts to', async (t) => {
  const [bundled] = await readModels(resolve(import.meta.dirname, '../models'))
  const { scans } = phantomHead(44, ['t1', 'flair'], seededRandom(9))
  const shipped = await throughOnnx(bundled!.weightsPath, bundled!.card, scans)
  const model = await readTrained(bundled!.folder)
  const converted = await throughOnnx(await exported(model, bundled!.card), bundled!.card, scans)
  const difference = largestDifference(shipped.patches, converted.patches)
  t.diagnostic(`${difference.toExponential(1)}`)
  assert.ok(difference <= MAX_DIFFERENCE, `${difference}`)
})
