import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { moved, seen, tissueAt } from '../../test/fixtures/moved-head.ts'
import { tinyCard, tinyHead } from '../../test/fixtures/tiny-model.ts'
import { voxelEngine } from '../../test/fixtures/voxel-engine.ts'
import type { Engine } from '../network/engine.ts'
import { STILL } from '../preprocess/rigid.ts'
import { applyAffine, invert } from '../volume/affine.ts'
import type { Volume } from '../volume/volume.ts'
import { chooseGridChannel } from './grid-channel.ts'
import type { Progress } from './progress.ts'
import { segment } from './segment.ts'

const card = tinyCard('tiny', new Uint8Array(1))

/** The tiny network as arithmetic: 0, x + 2.5, 2x of x = t1 + flair. */
const engine = voxelEngine(2, ([t1, flair]) => {
  const x = t1! + flair!
  return [0, x + 2.5, 2 * x]
})

/** tinyHead(24), 1 mm. Its cubes are the same along every axis and direction. */
function headScan(affine: readonly number[] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]): Volume<'scan'> {
  return { frame: 'scan', shape: [24, 24, 24], affine, data: tinyHead(24).scan }
}

test('a head of two intensities comes back as its own label map, on its own grid', async () => {
  const scan = headScan([0, 0, -1, 40, -1, 0, 0, 30, 0, 1, 0, -20, 0, 0, 0, 1]) // stored P, S, L
  const { labels, gridChannel, modelShape } = await segment(new Map([['t1', scan]]), card, engine)
  assert.deepEqual(labels.data, tinyHead(24).labels)
  assert.deepEqual(labels.affine, scan.affine)
  assert.equal(gridChannel, 't1')
  assert.deepEqual(modelShape, [16, 16, 16]) // 12 voxels of head and 2 mm on each side
})

test('the labels lie on the grid that was asked for', async () => {
  const t1 = headScan()
  const flair = headScan([1, 0, 0, 2, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]) // 2 mm to the right
  const scans = new Map([
    ['t1', t1],
    ['flair', { ...flair, data: shifted(flair.data, 2) }],
  ])
  const { labels, gridChannel } = await segment(scans, card, engine, { gridChannel: 'flair' })
  assert.equal(gridChannel, 'flair')
  assert.deepEqual(labels.affine, flair.affine)
  assert.deepEqual(labels.data, shifted(tinyHead(24).labels, 2))
})

test('voxels that are spent are given back, and the map is the same', async () => {
  const [t1, flair] = [headScan(), headScan()]
  const scans = new Map([
    ['t1', t1],
    ['flair', flair],
  ])
  const { labels } = await segment(scans, card, engine, {
    spent: { channels: ['flair'], readAgain: () => assert.fail('the map is made once') },
  })
  assert.deepEqual([t1.data.length, flair.data.length], [24 ** 3, 0])
  assert.deepEqual(
    labels.data,
    (
      await segment(
        new Map([
          ['t1', t1],
          ['flair', headScan()],
        ]),
        card,
        engine,
      )
    ).labels.data,
  )
})

/** Voxel i of a row holds what voxel i + `by` held: the same head in the world when the grid moves by +`by`. */
function shifted<Data extends Float32Array | Uint8Array>(data: Data, by: number): Data {
  return data.map((_, at) => (at % 24 < 24 - by ? data[at + by]! : 0)) as Data
}

test('flip averaging asks the network twice a patch and makes what is found symmetric', async () => {
  let runs = 0
  // Calls everything lesion in the half of its patch where x is small, tissue in the other.
  const answer = voxelEngine(2, (_, voxel, [, , w]) => [0, 1, voxel % w < w / 2 ? 2 : 0])
  const lopsided: Engine = (input, shape) => {
    runs++
    return answer(input, shape)
  }
  const scans = new Map([['t1', headScan()]])
  const plain = await segment(scans, card, lopsided)
  assert.equal(runs, 1) // the model grid is 16³, and so is the patch
  assert.ok(plain.labels.data.includes(1) && plain.labels.data.includes(2))
  const averaged = await segment(scans, card, lopsided, { flipAverage: true })
  assert.equal(runs, 3)
  // Both halves get 0, 1, (2 + 0) / 2: a tie, which the lower label wins.
  assert.ok(averaged.labels.data.includes(1) && !averaged.labels.data.includes(2))
  // e / (1 + 2e) = 0.42 for each label chosen, none for the others.
  assert.ok(Math.abs(averaged.confidence[1]! - Math.E / (1 + 2 * Math.E)) < 1 / 510)
  assert.deepEqual([averaged.confidence[0], averaged.confidence[2]], [null, null])
})

test('progress names the stages in order and counts patches to the total', async () => {
  const seen: Progress[] = []
  const small = { ...card, inference: { ...card.inference, patchVoxels: [8, 16, 16] as [number, number, number] } }
  await segment(new Map([['t1', headScan()]]), small, engine, { onProgress: (progress) => seen.push(progress) })
  assert.deepEqual(
    seen.map(({ stage, done, total }) => `${stage} ${done}/${total}`),
    ['preprocess 0/1', 'infer 1/3', 'infer 2/3', 'infer 3/3', 'postprocess 0/1'],
  )
  const patches = seen.slice(1, 4)
  for (const [at, { patchSeconds, inferSeconds }] of patches.entries()) {
    const earlier = patches[at - 1]?.inferSeconds ?? 0
    assert.ok(inferSeconds! >= earlier + patchSeconds!, 'the time of a patch lies within that of inference')
  }
})

test('an aborted signal ends it as cancelled', async () => {
  const run = segment(new Map([['t1', headScan()]]), card, engine, { signal: AbortSignal.abort() })
  await assert.rejects(run, faultOf('cancelled'))
})

test('the grid is that of the first channel of the card that was sent, in whatever order', () => {
  assert.equal(chooseGridChannel(['flair', 't1'], card), 't1')
  assert.equal(chooseGridChannel(['flair'], card), 'flair')
})

test('channels that do not fit the card are refused', () => {
  assert.throws(() => chooseGridChannel([], card), faultOf('no-scan'))
  assert.throws(() => chooseGridChannel(['t1', 't2'], card), faultOf('unknown-channel'))
  assert.throws(() => chooseGridChannel(['t1'], card, 'flair'), faultOf('grid-channel-missing'))
  assert.throws(() => chooseGridChannel(['flair'], { ...card, required: 'all' }), faultOf('channels-missing'))
  assert.equal(chooseGridChannel(['flair', 't1'], { ...card, required: 'all' }), 't1')
})

test('the patient moved between the scans: labels lie in each scan where the head lay when it was made', async () => {
  const motion = [4, -9, 7, -8, 5, 10] as const
  const scans = new Map([
    ['t1', seen('t1')],
    ['flair', seen('flair', motion)],
  ])
  /** Brightest in T1 and not in FLAIR: the third tissue of moved-head.ts, where the scans lie on each other. */
  const third = voxelEngine(2, ([t1, flair]) => [0, -1, t1! > 0.5 && flair! < 0 ? 1 : -1])
  const align = { kind: 'rigid', leastMm: 1, leastGain: 0.1, mostMm: 30, mostDegrees: 20 } as const
  const spacingMm = [2, 2, 2] as [number, number, number]
  const patchVoxels = [48, 48, 48] as [number, number, number]
  const coarse = {
    ...card,
    preprocess: { ...card.preprocess, spacingMm },
    postprocess: { minLesionMl: 0, keepLargestComponent: false },
  }
  /** Dice of what was found on the grid of a scan and the head's formula, moved as that scan's was. */
  const diceOn = async (gridChannel: 't1' | 'flair', inference: typeof card.inference) => {
    const { labels } = await segment(scans, { ...coarse, inference: { ...inference, patchVoxels } }, third, {
      gridChannel,
    })
    assert.deepEqual(labels.affine, scans.get(gridChannel)!.affine)
    const back = invert(moved(gridChannel === 'flair' ? motion : STILL))
    const [nx, ny] = labels.shape
    let [both, sum] = [0, 0]
    labels.data.forEach((label, at) => {
      const world = applyAffine(labels.affine, at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny)))
      const isThird = tissueAt(...applyAffine(back, ...world)) === 3
      if (isThird && label === 2) both++
      sum += +isThird + +(label === 2)
    })
    return (2 * both) / sum
  }
  const alignedOnT1 = await diceOn('t1', { ...card.inference, align })
  const alignedOnFlair = await diceOn('flair', { ...card.inference, align })
  const asTheyCame = await diceOn('flair', card.inference)
  assert.ok(
    alignedOnT1 > 0.95 && alignedOnFlair > 0.95 && asTheyCame < 0.8,
    `${alignedOnT1} ${alignedOnFlair} ${asTheyCame}`,
  )
})

test('scans that still do not lie on each other inside the brain: the map is made again of one, and both facts are told', async () => {
  const scans = new Map([
    ['t1', seen('t1')],
    ['flair', seen('flair', [0, 8, 0, 0, 0, 0])],
  ])
  const spacingMm = [2, 2, 2] as [number, number, number]
  // what is found is left where it lies
  const align = { kind: 'rigid', leastMm: 100, leastGain: 0.1, mostMm: 30, mostDegrees: 20 } as const
  const asking = {
    ...card,
    preprocess: { ...card.preprocess, spacingMm },
    inference: { ...card.inference, align, patchVoxels: [48, 48, 48] as [number, number, number] },
  }
  const all = voxelEngine(2, () => [0, 1, 0])
  const whole = await segment(scans, asking, all)
  assert.deepEqual(whole.usedChannels, ['t1'])
  const codes = whole.warnings.map(({ code }) => code)
  assert.ok(codes.includes('channel-left-out') && !codes.includes('scans-misaligned'), codes.join())
  const kept = await segment(scans, { ...asking, required: 'all' }, all)
  assert.deepEqual(kept.usedChannels, ['t1', 'flair'])
  assert.ok(kept.warnings.some(({ code }) => code === 'scans-misaligned'))
})
