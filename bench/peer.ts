/**
 * This service beside a Python one with the same task, in turns, on this machine: both are started, sent the same scans over
 * loopback, and asked for label maps. Prints JSON (docs/load.md tells its fields), { "skipped": why } where the peer cannot
 * be run. Exits with 1 when a setting failed. Needs /proc.
 *
 *   npm run bench:peer -- [--quick] [--peer <folder>] [--python <program>] [--scan <t1.nii.gz>]… [--turns 5]
 *                         [--at-once 1,2,4] [--edges 128,256,384,512]
 */
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig } from '../src/config.ts'
import type { Card } from '../src/model/card.ts'
import { chooseModel, readModels } from '../src/model/registry.ts'
import { readNifti } from '../src/nifti/read.ts'
import { voxelCount } from '../src/volume/volume.ts'
import { machineFacts, QUIET_LOAD } from './machine.ts'
import { findPeer, type Peer } from './peer/find-peer.ts'
import { startOurs } from './peer/ours.ts'
import { measurePatch } from './peer/patch.ts'
import { measureSetting, type SettingFigures } from './peer/setting.ts'
import type { Scan } from './peer/side.ts'
import { startTheirs } from './peer/theirs.ts'
import { syntheticHead } from './synthetic-head.ts'

const DEFAULTS = { turns: '5', 'at-once': '1,2,4', edges: '128,256,384,512' }
const QUICK = { turns: '1', 'at-once': '1,2', edges: '128' }
const WARM_UP_EDGE = 64
/** A patch takes less than a second, and a median of one says nothing. */
const LEAST_PATCHES = 5
/** On this one of the edges several are sent at once where no scan was given. */
const USUAL_EDGE = 256

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    peer: { type: 'string', default: resolve(import.meta.dirname, '../../shared/bench') },
    python: { type: 'string' },
    scan: { type: 'string', multiple: true, default: [] },
    turns: { type: 'string' },
    'at-once': { type: 'string' },
    edges: { type: 'string' },
  },
})
const told = { ...DEFAULTS, ...(values.quick && QUICK), ...values }
/** "1,2" → [1, 2]; "" → [] */
const numbersOf = (list: string) => list.split(',').filter(Boolean).map(Number)
const [turns, atOnce, edges] = [Number(told.turns), numbersOf(told['at-once']), numbersOf(told.edges)]
if (![turns, ...atOnce, ...edges].every((n) => Number.isInteger(n) && n > 0)) {
  console.error('--turns is a whole number, --at-once and --edges are lists of whole numbers with commas between')
  process.exit(2)
}

const lost = values.scan.filter((path) => !existsSync(path))
if (lost.length > 0) {
  console.error(`there is no ${lost.join(', no ')}`)
  process.exit(2)
}

interface Made {
  readonly edge?: number
  /** Read or made when its turn comes: one of 512³ takes a gibibyte. */
  scan(): Promise<Scan>
}

const synthetic = (edge: number): Made => ({
  edge,
  async scan() {
    return { name: `synthetic-${edge}`, bytes: syntheticHead(edge), voxels: edge ** 3, isSynthetic: true }
  },
})
const given = (path: string): Made => ({
  async scan() {
    const limits = { maxFileBytes: 2 ** 40, maxInflatedBytes: 2 ** 40, maxVoxels: 2 ** 40 }
    const { volume } = await readNifti(path, limits)
    return { name: basename(path), bytes: await readFile(path), voxels: voxelCount(volume.shape), isSynthetic: false }
  },
})

/** Every scan once at a time, and one of them, so many at once. */
function settings(): readonly (readonly [Made, number])[] {
  const made = [...values.scan.map(given), ...edges.map(synthetic)]
  const usual = made.find(({ edge }) => edge === undefined) ?? made.find(({ edge }) => edge === USUAL_EDGE) ?? made[0]
  return atOnce.flatMap((n) => (n === 1 ? made : usual ? [usual] : []).map((one) => [one, n] as const))
}

/** What the model is that the service serves to who names none. */
async function defaultModel() {
  const read = readConfig({})
  if (!read.ok) throw new Error(read.faults.join('; '))
  return chooseModel(await readModels(read.config.modelsDir))
}

async function run(peer: Peer) {
  const machine = machineFacts()
  const model = await defaultModel()
  const peerCard = JSON.parse(readFileSync(join(peer.modelFolder, 'card.json'), 'utf8')) as Card
  const peerWeights = { card: peerCard, weightsPath: join(peer.modelFolder, 'model.onnx') }
  console.error('a patch through either network')
  const patch = await measurePatch([model, peerWeights], Math.max(turns, LEAST_PATCHES))
  const warmUp = await synthetic(WARM_UP_EDGE).scan()
  const measured: SettingFigures[] = []
  const failed: { readonly scan: string; readonly atOnce: number; readonly reason: string }[] = []
  for (const [made, n] of settings()) {
    const scan = await made.scan()
    console.error(`${scan.name}, ${n} at once`)
    const setting = {
      ...{ scan, warmUp, atOnce: n, turns, patchSeconds: patch.peerMs / 1000 },
      labelNames: model.card.labels.map(({ name }) => name),
      start: { ours: startOurs, peer: () => startTheirs(peer) },
    }
    await measureSetting(setting).then(
      (figures) => void measured.push(figures),
      (error: unknown) => void failed.push({ scan: scan.name, atOnce: n, reason: String(error) }),
    )
  }
  const isLoud = machine.loadAverageBefore > QUIET_LOAD
  const isOther = peer.versions['onnxruntime'] !== machine.onnxruntime
  const loud = `the load average was ${machine.loadAverageBefore} before anything was started: something else ran`
  const other = `the peer runs onnxruntime ${peer.versions['onnxruntime']}, we run ${machine.onnxruntime}`
  return {
    machine: { ...machine, peer: peer.versions },
    warnings: [...(isLoud ? [loud] : []), ...(isOther ? [other] : [])],
    model: `${model.card.id}@${model.card.version}`,
    patch,
    settings: measured,
    failed,
  }
}

const peer = findPeer(values.peer, values.python)
if (typeof peer === 'string') {
  console.log(JSON.stringify({ skipped: peer }, null, 2))
} else {
  const figures = await run(peer)
  console.log(JSON.stringify(figures, null, 2))
  process.exitCode = figures.failed.length > 0 ? 1 : 0
}
