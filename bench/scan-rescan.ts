/**
 * Scan-rescan noise: the same head stored otherwise, on voxels half a voxel off, in other units, with noise; each laid on the
 * first as `onelabel compare` lays dates on each other, and segmented. How far volumes and lesions differ, though nothing changed.
 *
 *   node bench/scan-rescan.ts <cache folder>
 *
 * Label maps are kept in the folder; what is there is not computed again.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { segment } from '../src/inference/segment.ts'
import { type Card, cardSchema } from '../src/model/card.ts'
import { openEngine } from '../src/network/ort.ts'
import { findMotion } from '../src/preprocess/find-motion.ts'
import { carried, laidOn, midwayGrid } from '../src/preprocess/midway.ts'
import { plainValues } from '../src/preprocess/plain-values.ts'
import { undoMotion } from '../src/preprocess/undo-motion.ts'
import { invert } from '../src/volume/affine.ts'
import type { LabelVolume, Volume } from '../src/volume/volume.ts'
import { readVolume } from '../training/sources/datasets/read-volume.ts'
import { HEADS, type Head } from './scan-rescan/heads.ts'
import { type Rescan, tableOf } from './scan-rescan/table.ts'
import { KINDS, type Kind, vary } from './scan-rescan/vary.ts'

const [cacheDir] = process.argv.slice(2)
if (cacheDir === undefined) throw new Error('usage: scan-rescan.ts <cache folder>')
/** Each kind once, and three of all together. */
const VARIANTS: readonly Kind[] = [...(Object.keys(KINDS) as Kind[]), 'all', 'all']

const card = cardSchema.parse(JSON.parse(await readFile('models/joint-wmh/card.json', 'utf8')))
const { align, ...inference } = card.inference
if (align === undefined) throw new Error('the card does not ask for alignment')
const limits = align
/** The scans are on each other before they are interpolated. */
const still: Card = { ...card, inference }
const engines: Awaited<ReturnType<typeof openEngine>>[] = []
await mkdir(cacheDir, { recursive: true })
const rescans: Rescan[] = []
for (const [at, head] of HEADS.entries()) {
  const maps: LabelVolume[] = []
  for (let n = 0; n <= VARIANTS.length; n++) maps.push(await mapOf(head, at, n))
  rescans.push({ head: head.name, kinds: VARIANTS, maps })
}
for (const { close } of engines) await close()
process.stdout.write(tableOf(rescans, card.labels))

/** @param n 0: as it is; else the variant before the n-th */
async function mapOf({ scans: files }: Head, at: number, n: number): Promise<LabelVolume> {
  const path = join(cacheDir!, `${at}-${n}.bin.gz`)
  const own = await placed(files, (scans) => scans)
  const grid = midwayGrid([own.get('t1')!], card.preprocess.spacingMm)
  if (existsSync(path)) return { ...grid, data: new Uint8Array(gunzipSync(await readFile(path))) }
  const scans = n === 0 ? own : await placed(files, (all) => vary(all, VARIANTS[n - 1]!, 100 * at + n))
  const found = n === 0 ? null : findMotion(own.get('t1')!, scans.get('t1')!, card.preprocess.normalize, limits)
  const back = found === null ? scans : carried(scans, invert(found.affine))
  const laid = new Map([...back].map(([name, scan]) => [name, laidOn(scan, grid)]))
  engines[0] ??= await openEngine('models/joint-wmh/model.onnx', card, { device: 'cpu', threads: 2 })
  const { labels } = await segment(laid, still, engines[0].engine)
  await writeFile(path, gzipSync(labels.data, { level: 1 }))
  console.error(`${path}: carried ${(found?.carriedMm ?? 0).toFixed(2)} mm`)
  return labels
}

async function placed(
  files: Head['scans'],
  change: (scans: Map<string, Volume<'scan'>>) => Map<string, Volume<'scan'>>,
): Promise<ReadonlyMap<string, Volume<'scan'>>> {
  const scans = new Map<string, Volume<'scan'>>()
  for (const [name, file] of Object.entries(files)) scans.set(name, await readVolume(file, 'scan'))
  const plain = new Map([...change(scans)].map(([name, scan]) => [name, plainValues(scan)]))
  return undoMotion(plain, card).scans
}
