/**
 * How long a label map takes to become DICOM files and how much memory beside it: 256 × 256 × n voxels with five labels in every
 * slice, each n and kind in a process of its own, streamed to disk.
 *   node bench/dicom-write.ts [n …]     prints JSON, one line each; the map itself is 65 536 · n bytes
 */
import { spawnSync } from 'node:child_process'
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { SegKind } from '../src/dicom/object-names.ts'
import { writeSeg } from '../src/dicom/seg-write.ts'
import type { SourceSeries } from '../src/dicom/source-series.ts'
import { writeSr } from '../src/dicom/sr-write.ts'
import { cardSchema } from '../src/model/card.ts'

const SIDE = 256
const CARD = join(import.meta.dirname, '../models/joint-wmh/card.json')

function sourceOf(slices: number): SourceSeries {
  return {
    ...{ studyInstanceUid: '1.2.1', seriesInstanceUid: '1.2.2', frameOfReferenceUid: '1.2.3' },
    sopClassUid: '1.2.840.10008.5.1.4.1.1.4',
    shape: [SIDE, SIDE, slices],
    orientationLps: [1, 0, 0, 0, 1, 0],
    pixelSpacingMm: [1, 1],
    sliceSpacingMm: 1,
    slices: Array.from({ length: slices }, (_, k) => ({ sopInstanceUid: `1.2.4.${k}`, positionLpsMm: [0, 0, k] })),
    header: [],
  }
}

/** Shells of labels 1 … 4 around the middle of every slice. */
function labelsOf(slices: number): Uint8Array {
  // Filled in place: garbage of the map would hide what the writing takes.
  const labels = new Uint8Array(SIDE * SIDE * slices)
  for (let at = 0; at < labels.length; at++) {
    const [x, y] = [(at % SIDE) - SIDE / 2, (Math.floor(at / SIDE) % SIDE) - SIDE / 2]
    labels[at] = Math.max(0, 4 - Math.floor(Math.hypot(x, y) / 24))
  }
  return labels
}

async function measure(slices: number, kind: SegKind): Promise<object> {
  const { labels: labelSet } = cardSchema.parse(JSON.parse(readFileSync(CARD, 'utf8')))
  const source = sourceOf(slices)
  const affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  const labels = { shape: source.shape, affine, data: labelsOf(slices) }
  const model = { id: 'joint-wmh', version: '0.0.0', sha256: '0'.repeat(64) }
  const making = { intakeKey: 'bench', made: new Date(0), softwareVersion: '0', model }
  const folder = mkdtempSync(join(tmpdir(), 'dicom-write-'))
  const before = process.resourceUsage().maxRSS
  const started = performance.now()
  const seg = writeSeg({ source, labels, labelSet, making, choice: { kind } })
  if (seg === null) throw new Error('no label of the card is assessed')
  const built = performance.now()
  await pipeline(Readable.from(seg.chunks()), createWriteStream(join(folder, 'seg.dcm')))
  const written = performance.now()
  const measurements = { labels: labelSet.map(({ value }) => ({ value, volumeMl: 1 })), lesions: null, warnings: [] }
  writeSr({ source, labelSet, measurements, seg, making })
  const ended = performance.now()
  const bytes = statSync(join(folder, 'seg.dcm')).size
  rmSync(folder, { recursive: true })
  const seconds = (from: number, to: number) => Number(((to - from) / 1000).toFixed(3))
  return {
    ...{ slices, kind, megabytes: Number((bytes / 1e6).toFixed(1)) },
    ...{
      headerSeconds: seconds(started, built),
      pixelSeconds: seconds(built, written),
      srSeconds: seconds(written, ended),
    },
    addedMiB: Math.round((process.resourceUsage().maxRSS - before) / 1024),
  }
}

const [first, kind] = process.argv.slice(2)
if (kind === 'binary' || kind === 'labelmap') {
  console.log(JSON.stringify(await measure(Number(first), kind)))
} else {
  const counts = process.argv.length > 2 ? process.argv.slice(2) : ['64', '128', '256', '512', '1024']
  for (const count of counts) {
    for (const one of ['binary', 'labelmap']) {
      spawnSync(process.execPath, [import.meta.filename, count, one], { stdio: 'inherit' })
    }
  }
}
