/** Synthetic heads with hyperintensities whose whole truth is known, and what a network makes of them in how many seconds. */
import type { Pipeline } from '../../src/model/card.ts'
import { openEngine } from '../../src/network/ort.ts'
import { evaluateSubject } from '../../training/evaluation/evaluate.ts'
import { readList } from '../../training/evaluation/list.ts'
import { mean } from '../../training/evaluation/statistics.ts'
import { readListed, type Subject } from '../../training/evaluation/subject.ts'

const LIST = 'training/evaluation/joint-wmh-calibration.json'
/** Four heads, two of them stripped, T1 and FLAIR at 1 mm; label maps of the training, whose seeds are none of the training. */
export async function readHeads(labels: Pipeline['labels'], dataDir: string): Promise<readonly Subject[]> {
  const list = await readList(LIST)
  const heads: Subject[] = []
  for (const { score: _all, ...subject } of list.subjects) {
    if (!subject.name.startsWith('wmh-')) continue
    heads.push(await readListed(subject, list, dataDir, labels))
  }
  return heads
}

export interface Measured {
  /** The time of one segment() call, as the mean over the heads. */
  readonly seconds: number
  /** Label → mean over the heads. */
  readonly dices: ReadonlyMap<string, number>
}

/** Runs the network at `path` on every head, by the code that serves, on the CPU. */
export async function measure(path: string, pipeline: Pipeline, heads: readonly Subject[]): Promise<Measured> {
  const { engine, close } = await openEngine(path, pipeline, { device: 'cpu', threads: 0 })
  const input = pipeline.channels.map(({ name }) => name)
  const [seconds, dices]: [number[], Map<string, number[]>] = [[], new Map()]
  for (const head of heads) {
    const evaluated = await evaluateSubject(head, pipeline, engine, { input })
    seconds.push(evaluated.seconds)
    for (const { label, dice } of evaluated.scores) dices.set(label, [...(dices.get(label) ?? []), dice ?? 0])
  }
  await close()
  return { seconds: mean(seconds), dices: new Map([...dices].map(([label, all]) => [label, mean(all)])) }
}

/** Cells of a row of a table: seconds, the mean of all labels, every label. */
export function cells({ seconds, dices }: Measured): string {
  const all = [...dices.values()]
  return [seconds.toFixed(1), mean(all).toFixed(3), ...all.map((dice) => dice.toFixed(3))].join(' | ')
}
