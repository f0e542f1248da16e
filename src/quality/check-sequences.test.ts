/** A head of shells, and a network that knows where they are. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import type { Engine } from '../network/engine.ts'
import type { Volume } from '../volume/volume.ts'
import { checkSequences, type SequenceChoice } from './check-sequences.ts'
import { FINDER } from './finder-network.ts'

const EDGE = 48
const STEP_MM = 4

/** Outside, fluid, grey, white, by the distance from the middle: a ventricle, white matter, cortex, fluid again. */
function shellAt(mm: number): 0 | 1 | 2 | 3 {
  if (mm > 74) return 0
  if (mm > 70 || mm < 18) return 1
  return mm > 56 ? 2 : 3
}

function head(levels: { csf: number; grey: number; white: number }): Volume<'scan'> {
  const by = [0, levels.csf, levels.grey, levels.white]
  const data = new Float32Array(EDGE ** 3)
  for (let at = 0; at < data.length; at++) {
    const ijk = [at % EDGE, Math.floor(at / EDGE) % EDGE, Math.floor(at / EDGE ** 2)]
    const shell = shellAt(STEP_MM * Math.hypot(...ijk.map((i) => i - (EDGE - 1) / 2)))
    // a scanner gives no two neighbours the same
    data[at] = shell === 0 ? 0 : by[shell]! + ((at * 7919) % 23)
  }
  const affine = [STEP_MM, 0, 0, 0, 0, STEP_MM, 0, 0, 0, 0, STEP_MM, 0, 0, 0, 0, 1]
  return { frame: 'scan', shape: [EDGE, EDGE, EDGE], affine, data }
}

const T1 = head({ csf: 300, grey: 700, white: 1000 })
const FLAIR = head({ csf: 300, grey: 1250, white: 1000 })

/** Knows the shells: the head lies in the middle of what it sees. */
const knowing: Engine = async (_, [d, h, w]) => {
  const logits = new Float32Array(d * h * w * FINDER.labels.length)
  for (let at = 0; at < d * h * w; at++) {
    const place = [
      (at % w) - (w - 1) / 2,
      (Math.floor(at / w) % h) - (h - 1) / 2,
      Math.floor(at / (w * h)) - (d - 1) / 2,
    ]
    logits[d * h * w * shellAt(STEP_MM * Math.hypot(...place)) + at] = 12
  }
  return logits
}

async function check(scans: Record<string, Volume<'scan'>>, choice?: SequenceChoice) {
  const sent = new Map(Object.entries(scans))
  return (await checkSequences(sent, sent, knowing, choice)).warnings
}

test('a T1 and a FLAIR, alone and together, pass', async () => {
  assert.deepEqual(await check({ t1: T1 }), [])
  assert.deepEqual(await check({ flair: FLAIR }), [])
  assert.deepEqual(await check({ t1: T1, flair: FLAIR }), [])
})

test('sent for each other they are refused, or warned of by who says that it is right', async () => {
  await assert.rejects(check({ t1: FLAIR, flair: T1 }), faultOf('channels-swapped'))
  const warnings = await check({ t1: FLAIR, flair: T1 }, 'as-sent')
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['sequence-doubtful'],
  )
})

test('one scan sent as both is warned of', async () => {
  const warnings = await check({ t1: T1, flair: T1 })
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['sequence-doubtful'],
  )
})

test('one alone as the other is refused', async () => {
  await assert.rejects(check({ t1: FLAIR }), faultOf('wrong-sequence'))
  await assert.rejects(check({ flair: T1 }), faultOf('wrong-sequence'))
})

test('channels of other names are their own model’s business', async () => {
  assert.deepEqual(await check({ t2: FLAIR, swi: T1 }), [])
})

test('the finder’s network is fed as its recipe says', () => {
  const recipe = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../training/recipes/tissue-finder.json'), 'utf8'),
  )
  assert.deepEqual(FINDER.preprocess, recipe.preprocess)
  assert.deepEqual(FINDER.inference.patchVoxels, recipe.inference.patchVoxels)
  assert.equal(FINDER.labels.length, recipe.labels.length)
})
