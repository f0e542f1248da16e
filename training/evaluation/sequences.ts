/**
 * How often scans of the wrong sequence are told, and right ones accused (src/quality/check-sequences.ts), over the real scans of
 * the data folder (sequences.json), as they are and in slabs, and heads painted in eight sequences; counted apart for the people
 * whose pairs the constants were chosen on, and for all others.
 *   npx node training/evaluation/sequences.ts [--data ../shared/data] [--heads 24] [--network <tissue-finder.onnx>] [--each]
 */
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openEngine } from '../../src/network/ort.ts'
import { plainValues } from '../../src/preprocess/plain-values.ts'
import { findingsOf, type Seen as Looked, lookAt } from '../../src/quality/check-sequences.ts'
import { FINDER } from '../../src/quality/finder-network.ts'
import { angleOf, type Sequence as Sent } from '../../src/quality/sequence.ts'
import type { Volume } from '../../src/volume/volume.ts'
import { readVolume } from '../sources/datasets/read-volume.ts'
import { type Reslice, reslicedScan } from '../sources/reslice.ts'
import { type PaintedHead, paintedHead } from '../sources/synth/sequences.ts'

interface List {
  readonly real: Readonly<Record<string, readonly string[]>>
  readonly pairs: readonly { readonly t1: string; readonly flair: string; readonly and?: readonly [string, string] }[]
  readonly chosenOn: readonly string[]
  readonly slabs: readonly Reslice[]
}

/** One scan that was looked at. */
interface Seen {
  readonly name: string
  readonly sequence: string
  readonly look: Looked
}

type Verdict = 'refused' | 'warned' | 'silent'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    heads: { type: 'string', default: '24' },
    network: { type: 'string', default: join(import.meta.dirname, '../../src/quality/tissue-finder.onnx') },
    each: { type: 'boolean', default: false },
  },
})
const list = JSON.parse(await readFile(join(import.meta.dirname, 'sequences.json'), 'utf8')) as List
const { engine, close } = await openEngine(values.network, FINDER, { device: 'cpu', threads: 1 })

async function see(name: string, sequence: string, scan: Volume<'scan'>): Promise<Seen> {
  const look = await lookAt(scan, plainValues(scan), engine)
  if (values.each)
    console.log(`${sequence.padEnd(7)}${look.levels ? angleOf(look.levels).toFixed(0).padStart(5) : '    –'}  ${name}`)
  return { name, sequence, look }
}

/** @param slab of all of them, or none for the scans as they are */
async function realScans(slab?: Reslice): Promise<Seen[]> {
  const seen: Seen[] = []
  for (const [sequence, patterns] of Object.entries(list.real)) {
    // a label map in slabs would be a mean of labels, which nobody sends
    if (slab !== undefined && sequence === 'labels') continue
    for (const file of globSync([...patterns], { cwd: values.data }).sort()) {
      const scan = await readVolume(join(values.data, file), 'scan')
      seen.push(await see(file, sequence, slab ? reslicedScan(scan, slab) : scan))
    }
  }
  return seen
}

function realPairs(seen: readonly Seen[]): (readonly [Seen, Seen])[] {
  return seen.flatMap((t1) =>
    list.pairs.flatMap(({ t1: mark, flair, and }) => {
      const other = t1.name.replace(mark, flair).replace(...(and ?? ['', '']))
      const found = t1.name.includes(mark) && seen.find(({ name, sequence }) => name === other && sequence === 'flair')
      return found ? [[t1, found] as const] : []
    }),
  )
}

async function paintedScans(): Promise<Seen[][]> {
  const heads: Seen[][] = []
  for (let n = 0; n < Number(values.heads); n++) {
    const file = `labelmaps/BBillot__SynthSeg/data/training_label_maps/training_seg_${11 + (n % 3)}.nii.gz`
    const { name, scans }: PaintedHead = paintedHead(await readVolume(join(values.data, file), 'labels'), n)
    const seen: Seen[] = []
    for (const [sequence, scan] of scans) seen.push(await see(`${name} ${file}`, sequence, scan))
    heads.push(seen)
  }
  return heads
}

type Counts = Record<Verdict, number>
interface Row {
  readonly chosenOn: Counts
  readonly others: Counts
}
const none = (): Counts => ({ refused: 0, warned: 0, silent: 0 })
const rows = new Map<string, Row>()

/** @param group of which it is counted */
function count(group: string, sent: Partial<Record<Sent, Seen>>): void {
  const looks = new Map(Object.entries(sent).map(([channel, { look }]) => [channel as Sent, look]))
  const findings = findingsOf(looks)
  const verdict = findings.some(({ kind }) => kind !== null) ? 'refused' : findings.length > 0 ? 'warned' : 'silent'
  const row = rows.get(group) ?? { chosenOn: none(), others: none() }
  const isChosenOn = Object.values(sent).some(({ name }) => list.chosenOn.some((mark) => name.includes(mark)))
  row[isChosenOn ? 'chosenOn' : 'others'][verdict] += 1
  rows.set(group, row)
  const isRight = group.startsWith('right')
  if (isRight !== (verdict === 'silent'))
    console.log(
      `${group}: ${verdict}: ${Object.values(sent)
        .map(({ name, sequence }) => `${sequence} ${name}`)
        .join(' + ')}`,
    )
}

function countAlone(kind: string, seen: readonly Seen[]): void {
  for (const one of seen) {
    const isT1 = one.sequence === 't1' || one.sequence === 't1gd'
    count(isT1 ? `right, ${kind}: ${one.sequence} as t1` : `wrong, ${kind}: ${one.sequence} as t1`, { t1: one })
    if (one.sequence === 'flair') count(`right, ${kind}: flair as flair`, { flair: one })
    if (isT1 || one.sequence === 't2') count(`wrong, ${kind}: ${one.sequence} as flair`, { flair: one })
  }
}

function countPairs(kind: string, pairs: readonly (readonly [Seen, Seen])[]): void {
  for (const [t1, flair] of pairs) {
    count(`right, ${kind}: pairs`, { t1, flair })
    count(`wrong, ${kind}: swapped pairs`, { t1: flair, flair: t1 })
  }
}

for (const slab of [undefined, ...list.slabs]) {
  const kind = slab === undefined ? 'real' : `real in ${slab.mm} mm along ${slab.axis}`
  const seen = await realScans(slab)
  countAlone(kind, seen)
  countPairs(kind, realPairs(seen))
}
for (const seen of await paintedScans()) {
  countAlone('painted', seen)
  const of = (sequence: string) => seen.find((one) => one.sequence === sequence)!
  countPairs('painted', [
    [of('t1'), of('flair')],
    [of('t1gd'), of('flair')],
  ])
  for (const wrong of ['t2', 'pd', 'adc', 'ct', 'pet', 'flair'])
    count(`wrong, painted: ${wrong} as t1, with its flair`, { t1: of(wrong), flair: of('flair') })
}
await close()

const table = (counts: Counts): string =>
  [counts.refused, counts.warned, counts.silent].map((n) => `${n}`.padStart(5)).join('')
const sum = (all: readonly Counts[]): Counts =>
  all.reduce((total, { refused, warned, silent }) => {
    return { refused: total.refused + refused, warned: total.warned + warned, silent: total.silent + silent }
  }, none())

console.log('\nrefused, warned, silent: of those that the constants were chosen on, and of the others')
for (const [group, row] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`${group.padEnd(48)}${table(row.chosenOn)}   |${table(row.others)}`)
const SUMS = [/^right/, /^right.*: pairs/, /^wrong/, /^wrong.*: swapped pairs/]
for (const sums of SUMS) {
  const chosen = [...rows].filter(([group]) => sums.test(group)).map(([, row]) => row)
  const [own, others] = [sum(chosen.map((row) => row.chosenOn)), sum(chosen.map((row) => row.others))]
  console.log(`${`all ${sums.source}`.padEnd(48)}${table(own)}   |${table(others)}`)
}
