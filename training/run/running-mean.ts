/** The running mean of the weights, kept where the weights lie: one small graph beside the step's. */
import { download, float32, openRuntime, release, type Tensor, type TrainingDevice } from '../compile/runtime.ts'
import { createGraph } from '../compile/trace/graph.ts'
import type { TrainingState } from '../method/step.ts'

export interface RunningMean {
  /** mean ← keep · mean + (1 − keep) · weights. */
  update(weights: Readonly<Record<string, Tensor>>, keep: number): Promise<void>
  /** By name. */
  read(): Promise<TrainingState>
  close(): Promise<void>
}

/** Averages all of `start`, beginning with those values; what else `update` is given is left alone. */
export async function openRunningMean(
  start: Readonly<Record<string, Tensor>>,
  device: TrainingDevice,
  threads?: number,
): Promise<RunningMean> {
  const graph = createGraph()
  const entries = Object.entries(start)
  const meanOf = (name: string) => `mean/${name}`
  graph.input({ name: 'keep', type: 'float32', shape: [] })
  const outputs = entries.map(([name, { dims }]) => {
    for (const input of [name, meanOf(name)]) graph.input({ name: input, type: 'float32', shape: dims })
    const past = graph.node('Mul', [graph.node('Sub', [meanOf(name), name]), 'keep'])
    return { name: graph.node('Add', [name, past]), type: 'float32', shape: dims } as const
  })
  const kept = outputs.map(({ name }) => name)
  const runtime = await openRuntime(graph.finish(outputs), device, threads, kept)
  const means: Record<string, Tensor> = { ...start }
  return {
    async update(weights, keep) {
      const feeds: Record<string, Tensor> = { keep: float32(Float32Array.of(keep), []) }
      for (const [name] of entries) {
        feeds[name] = weights[name]!
        feeds[meanOf(name)] = means[name]!
      }
      const next = await runtime.run(feeds)
      for (const [i, [name]] of entries.entries()) {
        release(means[name]!)
        means[name] = next[kept[i]!]!
      }
    },
    read: () => download(means, device),
    close: () => runtime.close(),
  }
}
