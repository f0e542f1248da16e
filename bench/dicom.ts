/**
 * How long reading a DICOM series takes and how much memory at most, by its number of slices: `node bench/dicom.ts`.
 * Series of 256 × 256 × 16 bits, one file a slice (classic) or one file in all (enhanced), uncompressed, RLE and JPEG 2000 lossless,
 * made by pydicom and GDCM (test/install-peers.sh). Each is read in a process of its own, headers and voxels, from a warm disk cache.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readContents, readSeries } from '../src/dicom/read-series.ts'
import { openSources } from '../src/dicom/read-sources.ts'
import { rewrite } from '../test/fixtures/dicom-peers.ts'
import { pydicom, pydicomMissing } from '../test/fixtures/pydicom.ts'

const LIMITS = { maxFiles: 1e4, maxDepth: 1, maxFileBytes: 2 ** 30, maxTotalBytes: 2 ** 31, maxVoxels: 2 ** 28 }
const COUNTS = [375, 750, 1500]

const MAKE = `
${readFileSync(resolve(import.meta.dirname, '../test/fixtures/made_dicom.py'), 'utf8')}
import copy
folder, kind, count = args[0], args[1], int(args[2])
random = np.random.default_rng(22)
texture = (np.cumsum(random.integers(-9, 10, (256, 256)), axis=1) + 500).clip(0, 4095).astype(np.uint16)
if kind == 'classic':
    ds = series((256, 256, 2))[0]
    for k in range(count):
        ds.SOPInstanceUID, ds.InstanceNumber, ds.ImagePositionPatient = ROOT + f'3.1.{k + 1}', k + 1, [0, 0, 0.5 * k]
        put(ds, texture + k % 100)
        save(ds, f'{folder}/{k:05}.dcm')
else:
    ds = enhanced((256, 256, 2), [0, 1])
    frames = [copy.deepcopy(ds.PerFrameFunctionalGroupsSequence[0]) for k in range(count)]
    for k, own in enumerate(frames):
        own.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 0.5 * k]
    ds.PerFrameFunctionalGroupsSequence, ds.NumberOfFrames = Sequence(frames), count
    put(ds, np.concatenate([texture + k % 100 for k in range(count)]))
    save(ds, f'{folder}/00000.dcm')
print('null')
`

async function measure(folder: string): Promise<void> {
  const startedMs = performance.now()
  const { sources, close } = await openSources([folder], LIMITS)
  const { series } = await readContents(sources, LIMITS)
  const headersMs = performance.now() - startedMs
  const { scan } = await readSeries(series[0]!, LIMITS)
  await close()
  const row = {
    slices: scan.volume.shape[2],
    headersS: headersMs / 1000,
    totalS: (performance.now() - startedMs) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
    volumeMb: scan.volume.data.byteLength / 2 ** 20,
  }
  process.stdout.write(`${JSON.stringify(row)}\n`)
}

function run(): void {
  if (pydicomMissing) throw new Error(pydicomMissing)
  const scratch = mkdtempSync(join(tmpdir(), 'onelabel-bench-'))
  try {
    for (const kind of ['enhanced', 'classic'])
      for (const count of COUNTS) {
        const plain = join(scratch, `${kind}-${count}`)
        pydicom(MAKE, [plain, kind, String(count)])
        const files = globSync('*.dcm', { cwd: plain }).map((name) => join(plain, name))
        for (const [syntax, program] of [
          ['explicit', null],
          ['RLE', ['gdcmconv', '--rle']],
          ['JPEG 2000', ['gdcmconv', '--j2k']],
        ] as const) {
          const folder = program === null ? plain : join(scratch, `${kind}-${count}-${syntax}`)
          if (program !== null) rewrite(files, folder, program)
          const child = spawnSync(process.execPath, [import.meta.filename, folder], { encoding: 'utf8' })
          if (child.status !== 0) throw new Error(child.stderr)
          process.stdout.write(`${kind} ${syntax} ${child.stdout}`)
          if (program !== null) rmSync(folder, { recursive: true })
        }
      }
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

const [folder] = process.argv.slice(2)
if (folder !== undefined && existsSync(folder)) await measure(folder)
else run()
