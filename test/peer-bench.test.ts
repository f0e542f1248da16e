/** The measurement beside a Python service: that it says why it cannot run, what it counts, and what it prints where it can. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { agreementOf, mediansOf } from '../bench/peer/figures.ts'
import { findPeer } from '../bench/peer/find-peer.ts'
import { watchMemory } from '../bench/peer/peak-memory.ts'
import { argumentsOf, procMissing, start, treeOf } from '../bench/peer/processes.ts'
import { syntheticHead } from '../bench/synthetic-head.ts'
import { readNifti } from '../src/nifti/read.ts'
import { spacingMm } from '../src/volume/affine.ts'
import { absent, documentedFields, fieldsOf, undocumented } from './fixtures/documented-fields.ts'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'onelabel-peer-'))
after(() => rmSync(folder, { recursive: true }))

function bench(...args: readonly string[]) {
  const run = spawnSync(process.execPath, [join(root, 'bench/peer.ts'), ...args], { encoding: 'utf8' })
  return { code: run.status, printed: JSON.parse(run.stdout || 'null'), errors: run.stderr }
}

test('without a peer, or a Python that can run it, it says so and is not a failure', { skip: procMissing }, () => {
  const none = bench('--peer', join(folder, 'none'))
  assert.deepEqual([none.code, Object.keys(none.printed)], [0, ['skipped']])
  assert.match(none.printed.skipped, /^no peer\.py in .*; --peer names/)

  const there = join(folder, 'there')
  mkdirSync(join(there, 'plain'), { recursive: true })
  for (const file of ['peer.py', 'plain/card.json', 'plain/model.onnx']) writeFileSync(join(there, file), '')
  const noPython = bench('--peer', there, '--python', join(folder, 'no-python'))
  assert.equal(noPython.code, 0)
  assert.match(noPython.printed.skipped, /no-python does not run; test\/install-peers\.sh --bench/)
})

test('an option that is no number, and a scan that is not there, are usage errors', () => {
  assert.equal(bench('--turns', 'many').code, 2)
  assert.equal(bench('--edges', '128,0').code, 2)
  const lost = bench('--scan', join(folder, 'no-scan.nii.gz'))
  assert.deepEqual([lost.code, lost.errors], [2, `there is no ${join(folder, 'no-scan.nii.gz')}\n`])
})

/** 64 MiB in a process of 64 MiB more: what each has beside that is Node. */
const HOLD = `const held = Buffer.alloc(2 ** 26, 1); setInterval(() => held.length, 1e6); console.log('held')`
const TWO = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(HOLD)}], { stdio: 'inherit' }); ${HOLD}`

test('memory is that of a process and of those below it, and ends with them', { skip: procMissing }, async () => {
  const started = start(process.execPath, ['-e', TWO], { cwd: folder, env: {} })
  const stop = watchMemory(started.pid)
  await started.until(() => (started.said().match(/held/g)?.length === 2 ? true : undefined))
  const pids = treeOf(started.pid)
  assert.ok(pids.every((pid) => argumentsOf(pid)[1] === '-e'))
  const seen = stop()
  await started.end()
  assert.equal(pids.length, 2)
  assert.equal(seen.processes, 2)
  assert.ok(seen.sumOfPeaksMiB >= 128, `${seen.sumOfPeaksMiB}`)
  assert.ok(seen.peakOfSumMiB >= 128 && seen.peakOfSumMiB <= seen.sumOfPeaksMiB, JSON.stringify(seen))
  assert.deepEqual(pids.flatMap(argumentsOf), [])
})

test('a program that ends before it is ready fails with what it said', async () => {
  const started = start(process.execPath, ['-e', 'console.error("no model"); process.exit(3)'], {
    cwd: folder,
    env: {},
  })
  await assert.rejects(
    started.until(() => undefined),
    /ended: no model/,
  )
  await started.end()
})

test('how far two maps agree: [0 1 1 2] and [0 1 2 2] in 3 of 4 voxels, 2 of 3 in the head, and by label', () => {
  const grid = { shape: [4, 1, 1], affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] } as const
  const map = (...data: number[]) => ({ ...grid, data: Uint8Array.from(data) })
  assert.deepEqual(agreementOf(map(0, 1, 1, 2), map(0, 1, 2, 2), ['air', 'grey', 'white', 'lesion']), {
    equalShare: 3 / 4,
    equalShareInHead: 2 / 3,
    dice: { air: 1, grey: 2 / 3, white: 2 / 3, lesion: null },
  })
  assert.deepEqual(mediansOf([{ a: 1 }, { a: 5 }, { a: 2 }]), { a: 2 })
})

test('a synthetic head has the voxels that were asked for, air around it and white matter in its middle', async () => {
  const path = join(folder, 'head.nii.gz')
  writeFileSync(path, syntheticHead(40))
  const limits = { maxFileBytes: 2 ** 20, maxInflatedBytes: 2 ** 20, maxVoxels: 40 ** 3 }
  const { volume } = await readNifti(path, limits)
  const at = (i: number, j: number, k: number) => volume.data[i + 40 * (j + 40 * k)]!
  assert.deepEqual([...volume.shape, ...spacingMm(volume.affine)], [40, 40, 40, 1, 1, 1])
  assert.ok(at(0, 0, 0) <= 60)
  assert.ok(Math.abs(at(20, 20, 20) - 1000) <= 40)
  const [scalp, bone] = [at(20, 20, 36), at(20, 20, 34)]
  assert.ok(scalp > 800 && bone < 200, `${scalp}, ${bone}`)
})

const peer = findPeer(resolve(root, '../shared/bench'))
const skip = typeof peer === 'string' ? peer : false

test('beside the peer it prints every field that docs/load.md lists, and no other', { skip }, () => {
  const { code, printed, errors } = bench('--turns', '1', '--edges', '64', '--at-once', '1,2')
  assert.equal(code, 0, errors + JSON.stringify(printed?.failed))
  const documented = documentedFields(readFileSync(join(root, 'docs/load.md'), 'utf8'), 'peer fields')
  assert.deepEqual(undocumented(fieldsOf(printed), documented), [])
  assert.deepEqual(absent(fieldsOf(printed), documented), [])
  assert.deepEqual(
    printed.settings.map(({ scan, atOnce }: { scan: string; atOnce: number }) => [scan, atOnce]),
    [
      ['synthetic-64', 1],
      ['synthetic-64', 2],
    ],
  )
  for (const { ours, peer: theirs } of printed.settings) {
    // one patch of 96³ holds it all
    assert.deepEqual([ours.patches, theirs.patches], [1, 1])
    assert.ok(ours.onnxruntime.seconds > 0 && ours.onnxruntime.share < 1)
    assert.ok(ours.memory.processes >= 2 && theirs.memory.processes >= 1)
  }
})
