/**
 * A map of specks, as a network makes of noise, stays within the memory formula of the README (memory.test.ts): of its
 * 14 bytes a voxel and the logits, which are gone by then, three are there before postprocessing begins; of its fixed part a process with
 * the model and its largest tile takes 330 MiB (memory.test.ts, 96³), so that the rest is there, too.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { chooseModel, readModels } from '../../src/model/registry.ts'
import { heldLogitBytes } from '../../src/network/held-logits.ts'

const EDGE = 192
const BYTES_A_VOXEL = 14 - 3
const FIXED_LEFT_MIB = 480 - 330

const root = resolve(import.meta.dirname, '../..')
const skip = process.platform === 'linux' ? false : 'VmHWM is read from /proc'
const { card } = chooseModel(await readModels(join(root, 'models')), 'joint-wmh')
const logitBytes = heldLogitBytes([EDGE, EDGE, EDGE], card.inference, card.labels.length)
const ceilingMiB = FIXED_LEFT_MIB + (BYTES_A_VOXEL * EDGE ** 3 + logitBytes) / 2 ** 20

for (const [kind, expected] of [
  ['tissue', { left: 1, count: 0, listed: 0 }],
  ['lesions', { left: EDGE ** 3, count: (EDGE / 2) ** 3, listed: 1000 }],
] as const) {
  test(`${kind} of which every piece is one voxel: no more memory than the formula has`, { skip }, async (t) => {
    const script = join(root, 'test/fixtures/speckled.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(EDGE), kind])
    const { grownMiB, ...found } = JSON.parse(stdout)
    t.diagnostic(`${grownMiB.toFixed(0)} MiB of ${ceilingMiB.toFixed(0)} MiB`)
    assert.deepEqual(found, expected)
    assert.ok(grownMiB < ceilingMiB, `${grownMiB} MiB; the formula leaves ${ceilingMiB}`)
  })
}
