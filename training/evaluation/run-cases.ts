/** Runs a model on the cases of a list; what is there already, of the same weights and the same question, is not run again. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Card } from '../../src/model/card.ts'
import type { Model } from '../../src/model/registry.ts'
import type { DeviceChoice } from '../../src/network/device.ts'
import type { Engine } from '../../src/network/engine.ts'
import { type OpenEngine, openEngine } from '../../src/network/ort.ts'
import { FINDER_PATH, openFinder } from '../../src/quality/open-finder.ts'
import { evaluateSubject } from './evaluate.ts'
import type { EvaluationList, ListedSubject } from './list.ts'
import { overlayPng } from './overlay.ts'
import { askedHash, type Case, type CaseResult, caseName, casesOf } from './result.ts'
import { appendResult, openResults, RESULTS, readResults, sortResults } from './results-file.ts'
import { readListed } from './subject.ts'

/** What is known of where a brain is depends on the finder too. */
const FINDER_SHA256 = createHash('sha256').update(readFileSync(FINDER_PATH)).digest('hex')

export interface Folders {
  /** Where the files of the subjects lie. */
  readonly data: string
  /** The model's own: the file of its results, and the pictures that its page shows. */
  readonly results: string
  /** A picture of every case. */
  readonly pictures: string
}

export interface RunCasesOptions {
  readonly flipAverage: boolean
  /** Run every case, whatever is there. */
  readonly again: boolean
  readonly device: DeviceChoice
  readonly threads: number
  readonly onCase?: (result: CaseResult, at: number, of: number) => void
}

/** @param subjects those of the list that are to be run */
export async function runCases(
  model: Model,
  list: EvaluationList,
  subjects: readonly ListedSubject[],
  folders: Folders,
  { flipAverage, again, device, threads, onCase }: RunCasesOptions,
): Promise<void> {
  const { card, weightsPath } = model
  const file = join(folders.results, RESULTS)
  const there = await openResults(file)
  const all = subjects.flatMap((subject) => casesOf(subject, flipAverage))
  const open = await openEngine(weightsPath, card, { device, threads })
  const finder = await openFinder(threads)
  try {
    for (const [at, each] of all.entries()) {
      const asked = askedHash(each.subject, list, card, FINDER_SHA256)
      if (!again && isAnswer(there.get(caseName(each)), card, asked)) continue
      const result = await runCase(each, model, list, { ...open, finder: finder.engine }, folders, asked)
      await appendResult(file, result)
      onCase?.(result, at, all.length)
    }
    await sortResults(file, card.weights.sha256)
  } finally {
    await open.close()
    await finder.close()
  }
}

const isAnswer = (result: CaseResult | undefined, card: Card, asked: string): result is CaseResult =>
  result !== undefined && result.model.sha256 === card.weights.sha256 && result.asked === asked

async function runCase(
  each: Case,
  { card }: Model,
  list: EvaluationList,
  open: Pick<OpenEngine, 'engine' | 'device'> & { readonly finder: Engine },
  folders: Folders,
  asked: string,
): Promise<CaseResult> {
  const { name, group, note, licenceClass, sha256, merge } = each.subject
  const subject = await readListed(each.subject, list, folders.data, card.labels)
  const options = { input: each.input, flipAverage: each.flipAverage, finder: open.finder, ...(merge && { merge }) }
  const { found, ...measured } = await evaluateSubject(subject, card, open.engine, options)
  await mkdir(folders.pictures, { recursive: true })
  const png = overlayPng(subject.scans.get(subject.gridChannel)!, [subject.truth, found], card.labels)
  await writeFile(join(folders.pictures, `${caseName(each)}.png`), png)
  return {
    name,
    group,
    note,
    licenceClass,
    input: each.input,
    flipAverage: each.flipAverage,
    model: { id: card.id, version: card.version, sha256: card.weights.sha256 },
    device: open.device,
    sha256,
    asked,
    ...measured,
  }
}

export interface KeptResults {
  readonly results: readonly CaseResult[]
  /** Name of the picture of each. */
  readonly pictures: ReadonlyMap<CaseResult, string>
}

/** All cases of the list, mirrored or not, that have a result of these weights and this question, whichever run they come from. */
export async function keptResults({ card }: Model, list: EvaluationList, folders: Folders): Promise<KeptResults> {
  const there = await readResults(join(folders.results, RESULTS))
  const results: CaseResult[] = []
  const pictures = new Map<CaseResult, string>()
  for (const each of list.subjects.flatMap((subject) => [false, true].flatMap((flip) => casesOf(subject, flip)))) {
    const result = there.get(caseName(each))
    if (!isAnswer(result, card, askedHash(each.subject, list, card, FINDER_SHA256))) continue
    results.push(result)
    const picture = `${caseName(each)}.png`
    if ([folders.pictures, folders.results].some((folder) => existsSync(join(folder, picture))))
      pictures.set(result, picture)
  }
  return { results, pictures }
}
