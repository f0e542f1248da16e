/** What is no MRI of a head, through the bundled network: refused or warned, never a confident brain. */
import assert from 'node:assert/strict'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { segment } from '../../src/inference/segment.ts'
import { type Model, readModels } from '../../src/model/registry.ts'
import { type OpenEngine, openEngine } from '../../src/network/ort.ts'
import type { Volume } from '../../src/volume/volume.ts'
import type { WarningCode } from '../../src/warnings.ts'
import { faultOf } from '../fixtures/fault.ts'

let model: Model
let open: OpenEngine
before(async () => {
  model = (await readModels(join(resolve(import.meta.dirname, '../..'), 'models')))[0]!
  open = await openEngine(model.weightsPath, model.card, { device: 'cpu', threads: 0 })
})
after(() => open.close())

const EDGE = 56
const STEP_MM = 3

/** `valueAt` the distance from the middle in mm; noise of ±1 comes along. */
function ball(valueAt: (radiusMm: number, noise: number) => number): Volume<'scan'> {
  const data = new Float32Array(EDGE ** 3)
  let state = 1
  for (let at = 0; at < data.length; at++) {
    state = (state * 48271) % 2147483647 // Lehmer
    const ijk = [at % EDGE, Math.floor(at / EDGE) % EDGE, Math.floor(at / EDGE ** 2)]
    const radiusMm = STEP_MM * Math.hypot(...ijk.map((i) => i - (EDGE - 1) / 2))
    data[at] = valueAt(radiusMm, (2 * state) / 2147483647 - 1)
  }
  const affine = [STEP_MM, 0, 0, 0, 0, STEP_MM, 0, 0, 0, 0, STEP_MM, 0, 0, 0, 0, 1]
  return { frame: 'scan', shape: [EDGE, EDGE, EDGE], affine, data }
}

const PHOTOGRAPH: Volume<'scan'> = {
  frame: 'scan',
  shape: [240, 180, 1],
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  data: Float32Array.from({ length: 240 * 180 }, (_, at) => (at % 240) * 0.6 + 100 * Math.abs(Math.sin(at / 4801))),
}

const IMPOSTORS: readonly (readonly [name: string, volume: Volume<'scan'>, code: WarningCode])[] = [
  ['a sphere of water', ball((r, noise) => (r > 74 ? 10 + 10 * noise : 1000 + 30 * noise)), 'homogeneous'],
  [
    'computed tomography of a head',
    ball((r, noise) => 5 * noise + (r > 76 ? -1000 : r > 70 ? 1100 : r > 66 ? 10 : r > 52 ? 38 : 30)),
    'hounsfield-units',
  ],
  ['a photograph', PHOTOGRAPH, 'thin-slab'],
]

for (const channel of ['t1', 'flair']) {
  for (const [name, volume, code] of IMPOSTORS) {
    test(`${name} sent as ${channel} is warned about as ${code}`, { timeout: 3_600_000 }, async (t) => {
      const { warnings, confidence } = await segment(new Map([[channel, volume]]), model.card, open.engine)
      const codes = warnings.map((warning) => warning.code)
      t.diagnostic(`${codes.join(', ')}; confidence ${confidence.map((sure) => sure?.toFixed(2) ?? 'none').join(' ')}`)
      assert.ok(codes.includes(code), codes.join())
    })
  }
}

test('an empty volume is refused', async () => {
  const run = segment(new Map([['t1', ball(() => 0)]]), model.card, open.engine)
  await assert.rejects(run, faultOf('scan-constant'))
})
