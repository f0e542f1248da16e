/**
 * Peak memory of `onelabel segment --pdf` with the bundled model against the README's formula, for the worst scan of its
 * size: 1 mm voxels, and foreground up to every face, so that cropping helps nothing.
 *
 *   peak MiB ≤ 480 + (8 · C + 14) · V + R
 *
 * C channels, V voxels of the scan at the model's spacing in units of 2²⁰ (256³ → 16), R the ring of logits (4
 * bytes a label for patchDepth planes; 120 MiB at 256² planes, 5 labels and 96 planes). What lies behind it, in
 * bytes a voxel: each channel as read 4 and on the model grid 4; where there is no signal 1, labels found 1, their
 * confidence 1. While the network looks R comes to it; R is given back before postprocessing, which at its most adds
 * labels 1, depth in tissue 1, kept as brain 1, pieces 2, their numbers 8 and, where a map is all specks, their sizes 2
 * (speckled-memory.test.ts). Nothing of it waits for the collector (src/volume/release.ts), so the peak does not hang on how busy the machine is. 480 are Node, the
 * network's weights and activations, and the logits of one patch. A map of the confidence, where it is asked for,
 * adds 2 bytes a voxel of the scan. A scan that is finer than the model's spacing adds 4 · C for each 2²⁰ voxels
 * beyond V.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { chooseModel, readModels } from '../../src/model/registry.ts'
import { heldLogitBytes } from '../../src/network/held-logits.ts'
import { buildNifti } from '../fixtures/nifti.ts'

const MIB = 2 ** 20
const FIXED_MIB = 480
const BYTES_A_CHANNEL = 8
const BYTES_A_VOXEL = 14

const root = resolve(import.meta.dirname, '../..')
const skip = process.platform === 'linux' ? false : 'VmHWM is read from /proc'
const folder = mkdtempSync(join(tmpdir(), 'onelabel-memory-'))
after(() => rmSync(folder, { recursive: true }))
const modelsFolder = join(root, 'models')
const { card } = chooseModel(await readModels(modelsFolder))

function formulaMiB(edge: number, channels: number): number {
  const logits = heldLogitBytes([edge, edge, edge], card.inference, card.labels.length)
  return FIXED_MIB + ((BYTES_A_CHANNEL * channels + BYTES_A_VOXEL) * edge ** 3 + logits) / MIB
}

/** Blobs of three intensities, nowhere dark: int16, 1 mm. */
function writeFullScan(path: string, edge: number): void {
  const voxels = new Int16Array(edge ** 3)
  const wave = Float32Array.from({ length: edge }, (_, i) => Math.sin(i / 7))
  for (let k = 0, at = 0; k < edge; k++) {
    for (let j = 0; j < edge; j++) {
      for (let i = 0; i < edge; i++) {
        voxels[at++] = 500 + 150 * Math.round(1.4 * (wave[i]! * wave[j]! + wave[k]!)) + ((7 * i + 13 * j + 29 * k) % 60)
      }
    }
  }
  writeFileSync(path, buildNifti({ dim: [3, edge, edge, edge], data: Buffer.from(voxels.buffer) }))
}

/** The command line itself; it says at its exit how much memory it held at most. */
async function peakMiB(scan: string, channels: readonly string[]): Promise<{ peak: number; labels: number[] }> {
  const hook =
    'import{readFileSync}from"node:fs";process.on("exit",()=>console.error(readFileSync("/proc/self/status","utf8")))'
  const report = join(folder, 'report.json')
  const given = channels.flatMap((name) => [`--${name}`, scan])
  const target = [
    '-o',
    join(folder, 'labels.nii.gz'),
    '--report',
    report,
    '--pdf',
    join(folder, 'page.pdf'),
    '--device',
    'cpu',
    // blobs are of no sequence, whatever they are taken for
    '--sequence',
    'as-sent',
  ]
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', `data:text/javascript,${hook}`, join(root, 'src/cli.ts'), 'segment', ...given, ...target],
    { maxBuffer: 16 * MIB },
  )
  const sizes: { voxels: number }[] = JSON.parse(readFileSync(report, 'utf8')).labels
  return { peak: Number(/VmHWM:\s*(\d+) kB/.exec(stderr)![1]) / 1024, labels: sizes.map(({ voxels }) => voxels) }
}

for (const { edge, channels } of [
  { edge: 96, channels: ['t1'] },
  { edge: 256, channels: ['t1', 'flair'] },
]) {
  test(`${edge}³ with ${channels.join(' and ')} stays below the formula`, { skip, timeout: 3_600_000 }, async (t) => {
    const scan = join(folder, `${edge}.nii`)
    writeFullScan(scan, edge)
    const { peak, labels } = await peakMiB(scan, channels)
    const ceiling = formulaMiB(edge, channels.length)
    t.diagnostic(`${peak.toFixed(0)} MiB of ${ceiling.toFixed(0)} MiB`)
    assert.equal(
      labels.reduce((sum, voxels) => sum + voxels, 0),
      edge ** 3,
    )
    assert.ok(peak < ceiling, `${peak} MiB; the formula allows ${ceiling}`)
    assert.ok(peak > ceiling / 2, `${peak} MiB of ${ceiling}: the formula says too much`)
  })
}

test('the README states the formula', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  assert.ok(readme.includes(`${FIXED_MIB} + (${BYTES_A_CHANNEL} · C + ${BYTES_A_VOXEL}) · V + R`))
})
