/**
 * One scan from the command line to the label map on disk: seconds and the most memory that the process held. Prints JSON;
 * needs /proc.
 *   node bench/one-head.ts <t1.nii.gz> [options of onelabel segment, e.g. --model joint-wmh --flair flair.nii.gz]
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const POLL_MS = 50
const GIVE_UP_MS = 300_000

const folder = mkdtempSync(join(tmpdir(), 'one-head-'))
const command = resolve(import.meta.dirname, '../src/cli.ts')
const args = [command, 'segment', ...process.argv.slice(2), '--device', 'cpu', '-o', join(folder, 'labels.nii.gz')]
const started = performance.now()
const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: GIVE_UP_MS })
let peakKib = 0
const poll = setInterval(() => {
  // gone between two looks: what was seen last is the peak
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    peakKib = Math.max(peakKib, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0))
  } catch {}
}, POLL_MS)
const code = await new Promise<number | null>((done) => child.once('exit', done))
clearInterval(poll)
rmSync(folder, { recursive: true })
const seconds = (performance.now() - started) / 1000
console.log(JSON.stringify({ exit: code, cores: availableParallelism(), seconds, peakMiB: peakKib / 1024 }))
process.exitCode = code === 0 ? 0 : 1
