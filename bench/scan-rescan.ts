/**
 * Scan-rescan noise: the same head stored otherwise, on voxels half a voxel off, in other units, with noise; each laid on the
 * first as `onelabel compare` lays dates on each other, and segmented. How far volumes and lesions differ, though nothing changed.
 *
 *   node bench/scan-rescan.ts <cache folder> [<variants of each head>]
 *
 * Lesions that one map is not sure of count where the other of a pair is, as they do there. Label maps are kept in the folder; what is
 * there is not computed again. Fewer variants are the first of the twenty.
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
import { openFinder } from '../src/quality/open-finder.ts'
import { invert, longestEdgeMm } from '../src/volume/affine.ts'
import type { Grid, Volume } from '../src/volume/volume.ts'
import { readVolume } from '../training/sources/datasets/read-volume.ts'
import { HEADS, type Head } from './scan-rescan/heads.ts'
import { type Rescan, tableOf } from './scan-rescan/table.ts'
import { type Kind, vary } from './scan-rescan/vary.ts'

const [cacheDir, most = '20'] = process.argv.slice(2)
if (cacheDir === undefined) throw new Error('usage: scan-rescan.ts <cache folder> [<variants of each head>]')
/** Twenty: few of what changes next to nothing, what changes most first. */
const COUNTS: Readonly<Record<Kind, number>> = { 'half a voxel': 6, all: 4, noise: 4, turned: 4, scaled: 2 }
const ROUNDS = [0, 1, 2, 3, 4, 5]
const VARIANTS = ROUNDS.flatMap((round) =>
  (Object.keys(COUNTS) as Kind[]).filter((kind) => COUNTS[kind] > round),
).slice(0, Number(most))

/** What a doubtful lesion's value is multiplied by in a kept byte (unpacked()). */
const DOUBTFUL = 16

const card = cardSchema.parse(JSON.parse(await readFile('models/joint-wmh/card.json', 'utf8')))
const { align, ...inference } = card.inference
if (align === undefined) throw new Error('the card does not ask for alignment')
const limits = align
/** The scans are on each other before they are interpolated. */
const still: Card = { ...card, inference }
let networks: Awaited<ReturnType<typeof openNetworks>> | undefined
await mkdir(cacheDir, { recursive: true })
const own: Scans[] = []
for (const head of HEADS) own.push(await placed(head.scans, (scans) => scans))
const rescans: Rescan[] = HEADS.map(({ name }) => ({ head: name, kinds: VARIANTS, maps: [] }))
// one of each head in turn, so that a run that is stopped has as many of each
for (let n = 0; n <= VARIANTS.length; n++)
  for (const [at, head] of HEADS.entries()) rescans[at]!.maps.push(await mapOf(head, own[at]!, at, n))
await networks?.network.close()
await networks?.finder.close()
process.stdout.write(tableOf(rescans, card.labels))

type Scans = ReadonlyMap<string, Volume<'scan'>>

/** The model, and what finds the brain for it, as `onelabel compare` opens them. */
async function openNetworks() {
  const network = await openEngine('models/joint-wmh/model.onnx', card, { device: 'cpu', threads: 2 })
  return { network, finder: await openFinder(2) }
}

/** @param own the head as it is. @param n 0: as it is; else the variant before the n-th */
async function mapOf({ scans: files }: Head, own: Scans, at: number, n: number): Promise<Rescan['maps'][number]> {
  const path = join(cacheDir!, `${at}-${n}.bin.gz`)
  const grid = midwayGrid([own.get('t1')!], card.preprocess.spacingMm)
  if (existsSync(path)) return unpacked(grid, new Uint8Array(gunzipSync(await readFile(path))))
  const scans = n === 0 ? own : await placed(files, (all) => vary(all, VARIANTS[n - 1]!, 100 * at + n))
  const found = n === 0 ? null : findMotion(own.get('t1')!, scans.get('t1')!, card.preprocess.normalize, limits)
  const back = found === null ? scans : carried(scans, invert(found.affine))
  const laid = new Map([...back].map(([name, scan]) => [name, laidOn(scan, grid)]))
  networks ??= await openNetworks()
  const scannedEdgesMm = new Map([...scans].map(([name, { affine }]) => [name, longestEdgeMm(affine)]))
  const options = { finder: networks.finder.engine, scannedEdgesMm, keepsDoubtful: true }
  const { labels, doubtful } = await segment(laid, still, networks.network.engine, options)
  const packed = labels.data.map((label, v) => label + DOUBTFUL * doubtful!.data[v]!)
  await writeFile(path, gzipSync(packed, { level: 1 }))
  console.error(`${path}: carried ${(found?.carriedMm ?? 0).toFixed(2)} mm`)
  return unpacked(grid, packed)
}

/** Labels in the lower half of a byte, the values of doubtful lesions in the upper. */
function unpacked(grid: Grid, packed: Uint8Array): Rescan['maps'][number] {
  const labels = { ...grid, data: packed.map((both) => both % DOUBTFUL) }
  return { ...labels, doubtful: { ...grid, data: packed.map((both) => Math.floor(both / DOUBTFUL)) } }
}

async function placed(
  files: Head['scans'],
  change: (scans: Map<string, Volume<'scan'>>) => Map<string, Volume<'scan'>>,
): Promise<Scans> {
  const scans = new Map<string, Volume<'scan'>>()
  for (const [name, file] of Object.entries(files)) scans.set(name, await readVolume(file, 'scan'))
  const plain = new Map([...change(scans)].map(([name, scan]) => [name, plainValues(scan)]))
  return undoMotion(plain, card).scans
}
