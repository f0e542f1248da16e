/** A listed subject, read: its files held to their hashes, its truth in the model's labels. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LabelSet } from '../../src/labels/label-set.ts'
import type { AlignSpec } from '../../src/preprocess/spec.ts'
import { undoMotion } from '../../src/preprocess/undo-motion.ts'
import { FINDER } from '../../src/quality/finder-network.ts'
import type { LabelVolume, Volume } from '../../src/volume/volume.ts'
import { seededRandom } from '../compile/random.ts'
import { readVolume } from '../sources/datasets/read-volume.ts'
import { reslicedLabels, reslicedScan } from '../sources/reslice.ts'
import { synthesizeHead } from '../sources/synth/head.ts'
import { labelMapFrom } from '../sources/synth/label-map.ts'
import { type EvaluationList, filesOf, type ListedSubject } from './list.ts'
import { labelValue, parseValues, truthTable } from './value-ranges.ts'

export interface Subject {
  readonly scans: ReadonlyMap<string, Volume<'scan'>>
  /** Values of the model's labels, on the grid of `gridChannel`. */
  readonly truth: LabelVolume
  readonly gridChannel: string
  /** Values of the labels that the truth states, or of those that are to be scored. */
  readonly scored: readonly number[]
  /** 1 where the truth says nothing, and what is found is not counted. */
  readonly ignored?: Uint8Array
}

/** Throws where a file is not the listed one: a score of another file is a score of nothing. */
export async function verifyFiles(subject: ListedSubject, dataDir: string): Promise<void> {
  for (const file of filesOf(subject)) {
    const expected = subject.sha256[file]
    const found = createHash('sha256')
      .update(await readFile(join(dataDir, file)))
      .digest('hex')
    if (expected !== found) throw new Error(`${subject.name}: ${file} has SHA-256 ${found}; the list says ${expected}`)
  }
}

export async function readListed(
  subject: ListedSubject,
  list: Pick<EvaluationList, 'synth'>,
  dataDir: string,
  labels: LabelSet,
): Promise<Subject> {
  await verifyFiles(subject, dataDir)
  const { reslice } = subject
  const { scans: asMade, truth, gridChannel, stated, ignored } = await readTruth(subject, list, dataDir, labels)
  const scans = subject.align ? laidOn(gridChannel, asMade) : asMade
  const grid = scans.get(gridChannel)
  if (grid === undefined || grid.shape.join() !== truth.shape.join()) {
    const found = `${truth.shape.join('×')} voxels; its channel ${gridChannel} has ${grid?.shape.join('×') ?? 'none'}`
    throw new Error(`${subject.name}: the truth has ${found}`)
  }
  if (reslice && ignored) throw new Error(`${subject.name}: 'reslice' and 'ignore' do not go together`)
  return {
    ...(ignored && { ignored }),
    scans: reslice ? new Map([...scans].map(([name, scan]) => [name, reslicedScan(scan, reslice)])) : scans,
    truth: reslice ? reslicedLabels(truth, reslice) : truth,
    gridChannel,
    scored: subject.score?.map((name) => labelValue(name, labels)) ?? [...new Set(stated)],
  }
}

/** However little they are apart. */
const ALIGN: AlignSpec = { kind: 'rigid', leastMm: 0, leastGain: 0, mostMm: 30, mostDegrees: 20 }

/** @throws FaultError as undoMotion(), and an Error where one of the scans cannot be laid on the first */
function laidOn(first: string, scans: ReadonlyMap<string, Volume<'scan'>>): ReadonlyMap<string, Volume<'scan'>> {
  const names = [first, ...[...scans.keys()].filter((name) => name !== first)]
  const card = {
    channels: names.map((name) => ({ name })),
    required: 'all',
    inference: { align: ALIGN },
    preprocess: FINDER.preprocess,
  } as const
  const laid = undoMotion(scans, card)
  if (laid.scans.size < scans.size) throw new Error(`a scan cannot be laid on the ${first}`)
  return laid.scans
}

interface ReadTruth extends Omit<Subject, 'scored'> {
  readonly stated: readonly number[]
}

async function readTruth(
  subject: ListedSubject,
  list: Pick<EvaluationList, 'synth'>,
  dataDir: string,
  labels: LabelSet,
): Promise<ReadTruth> {
  const read = (file: string, content: 'scan' | 'labels') => readVolume(join(dataDir, file), content)
  if (subject.kind === 'synthetic') {
    const spec = list.synth[subject.synth]
    if (spec === undefined) throw new Error(`${subject.name}: the list has no synth '${subject.synth}'`)
    const map = labelMapFrom(await read(subject.labelMap, 'labels'))
    const head = synthesizeHead(map, spec, subject.channels, seededRandom(subject.seed))
    const table = truthTable(subject.map, labels)
    const truth = { ...head.truth, data: head.truth.data.map((cls) => table.get(cls) ?? 0) }
    return { scans: head.scans, truth, gridChannel: subject.channels[0]!, stated: [...table.values()] }
  }
  const scans = new Map<string, Volume<'scan'>>()
  for (const [name, file] of Object.entries(subject.scans)) scans.set(name, await read(file, 'scan'))
  if (subject.kind === 'labels') {
    const table = truthTable(subject.map, labels)
    const { volume, ignored } = withoutIgnored(await read(subject.truth, 'labels'), subject.ignore)
    const truth = translated(volume, table, subject.others)
    return { scans, truth, gridChannel: subject.grid, stated: [...table.values()], ...(ignored && { ignored }) }
  }
  if (subject.kind === 'fractions') {
    const parts: { readonly value: number; readonly share: Float32Array }[] = []
    for (const [name, file] of Object.entries(subject.fractions)) {
      parts.push({ value: labelValue(name, labels), share: (await read(file, 'scan')).data })
    }
    const { shape, affine } = scans.get(subject.grid)!
    const data = mostOf(parts, subject.full, shape[0] * shape[1] * shape[2])
    return { scans, truth: { shape, affine, data }, gridChannel: subject.grid, stated: parts.map(({ value }) => value) }
  }
  const [gridChannel, { shape, affine, data }] = [...scans][0]!
  const truth = { shape, affine, data: new Uint8Array(data.length) }
  return { scans, truth, gridChannel, stated: subject.absent.map((name) => labelValue(name, labels)) }
}

/** The truth with background where nobody is held to it, and where that is. */
function withoutIgnored(
  truth: Volume<'scan'>,
  ignore: string | undefined,
): { readonly volume: Volume<'scan'>; readonly ignored?: Uint8Array } {
  if (ignore === undefined) return { volume: truth }
  const values = new Set(parseValues(ignore))
  const ignored = Uint8Array.from(truth.data, (value) => Number(values.has(value)))
  return { volume: { ...truth, data: truth.data.map((value, at) => (ignored[at] ? 0 : value)) }, ignored }
}

/** Exported for its test. */
export function translated(
  truth: Volume<'scan'>,
  table: ReadonlyMap<number, number>,
  others: 'background' | 'refuse',
): LabelVolume {
  const data = new Uint8Array(truth.data.length)
  for (let at = 0; at < data.length; at++) {
    const value = truth.data[at]!
    const known = table.get(value)
    if (known === undefined && value !== 0 && others === 'refuse') {
      throw new Error(`value ${value} of the truth is not in the map; it has ${[...table.keys()].join(', ')}`)
    }
    data[at] = known ?? 0
  }
  return { shape: truth.shape, affine: truth.affine, data }
}

/** The label with the largest share of each voxel where that is at least a half (of equals the first), else 0. */
export function mostOf(
  parts: readonly { readonly value: number; readonly share: Float32Array }[],
  full: number,
  voxels: number,
): Uint8Array {
  const data = new Uint8Array(voxels)
  for (let at = 0; at < voxels; at++) {
    let most = 0
    for (const { value, share } of parts) {
      if (share[at]! < full / 2 || share[at]! <= most) continue
      most = share[at]!
      data[at] = value
    }
  }
  return data
}
