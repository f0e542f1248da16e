/** Sets of models in one folder: of this process, of other ones that live and die, of other machines. */
import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, test } from 'node:test'
import { thisMachine } from './machine.ts'
import { FORGOTTEN_MS, modelSets, RENEW_MS } from './model-sets.ts'

const HOLDER = resolve(import.meta.dirname, '../../test/fixtures/set-holder.ts')

let dir: string
let holders: ChildProcessWithoutNullStreams[]
let errors: unknown[]
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'onelabel-sets-'))
  holders = []
  errors = []
})
afterEach(async () => {
  for (const holder of holders) await kill(holder)
  await rm(dir, { recursive: true })
  assert.deepEqual(errors, [])
})

const ours = () => modelSets(dir, { error: (error: unknown) => errors.push(error) })

/** A process of its own with a set, as modelSets() makes it. */
async function holdElsewhere(): Promise<{ holder: ChildProcessWithoutNullStreams; set: string }> {
  const holder = spawn(process.execPath, [HOLDER, dir])
  holders.push(holder)
  const [set] = await once(createInterface(holder.stdout), 'line')
  return { holder, set: basename(set) }
}

async function kill(holder: ChildProcessWithoutNullStreams): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return
  holder.kill('SIGKILL')
  await once(holder, 'exit')
}

/** A folder that was last touched so long ago. */
async function folderOf(name: string, agoMs: number): Promise<string> {
  const path = join(dir, name)
  await mkdir(path, { recursive: true })
  const at = new Date(Date.now() - agoMs)
  await utimes(path, at, at)
  return path
}

async function left(sets = ours()): Promise<string[]> {
  sets.dropLeftovers()
  await sets.settled()
  return (await readdir(dir)).sort()
}

test('of two processes with one folder each leaves the sets of the other, until that one is dead', async () => {
  const [one, two] = [await holdElsewhere(), await holdElsewhere()]
  assert.deepEqual(await left(), [one.set, two.set].sort())
  await kill(one.holder)
  assert.deepEqual(await left(), [two.set])
})

test('a set of another machine stays while it is held, and goes when it was not for long; so does half of one', async () => {
  const [held, forgotten] = [`elsewhere_1_${randomUUID()}_1`, `elsewhere_1_${randomUUID()}_2`]
  await folderOf(held, FORGOTTEN_MS / 2)
  await folderOf(`${held}.part`, FORGOTTEN_MS / 2)
  await folderOf(forgotten, 2 * FORGOTTEN_MS)
  await folderOf(`${forgotten}.part`, 2 * FORGOTTEN_MS)
  await folderOf(`elsewhere_${randomUUID()}_1`, 2 * FORGOTTEN_MS) // of a version that named no process
  assert.deepEqual(await left(), [held, `${held}.part`])
})

test('what an earlier process of our own number left goes, and what is no set stays', async () => {
  await folderOf(`${thisMachine()}_${process.pid}_${randomUUID()}_1`, 0)
  await folderOf('joint-wmh', 2 * FORGOTTEN_MS)
  assert.deepEqual(await left(), ['joint-wmh'])
})

test('a folder that is not there yet holds nothing that could be left', async () => {
  await rm(dir, { recursive: true })
  const sets = ours()
  sets.dropLeftovers()
  await sets.settled()
  await mkdir(dir)
})

test('sets that are kept are held again and again, and leftovers looked for, until they are dropped', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const forgotten = `elsewhere_1_${randomUUID()}_1`
  const sets = ours()
  const set = await folderOf(basename(sets.next()!), 2 * FORGOTTEN_MS)
  const half = await folderOf(basename(`${sets.next()!}.part`), 2 * FORGOTTEN_MS)
  await folderOf(forgotten, 2 * FORGOTTEN_MS)
  const before = (await stat(set)).mtimeMs
  t.mock.timers.tick(RENEW_MS)
  await sets.settled()
  for (const path of [set, half]) assert.ok((await stat(path)).mtimeMs > before + FORGOTTEN_MS)
  assert.deepEqual((await readdir(dir)).sort(), [basename(set), basename(half)].sort())

  sets.drop(set)
  sets.drop(half.slice(0, -'.part'.length))
  await sets.settled()
  await folderOf(forgotten, 2 * FORGOTTEN_MS)
  t.mock.timers.tick(RENEW_MS)
  await sets.settled()
  assert.deepEqual(await readdir(dir), [forgotten])
})
