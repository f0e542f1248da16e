/**
 * The models that jobs are taken for, and how they change: where this process computes, those that its child proved;
 * elsewhere those whose cards lie in the folder.
 */

import { type ModelsChange, modelsChange } from '../compute/model-change.ts'
import type { Supervisor } from '../compute/supervisor.ts'
import { FaultError } from '../errors.ts'
import { type LeftOut, type Model, readModels } from '../model/registry.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** What serves now, the default first. */
export type Models = () => readonly Pick<Model, 'card'>[]

export interface ServedModels {
  readonly now: Models
  /** What this process left out by its card alone; empty where a child says what it left out (ComputeStatus). */
  leftOut(): readonly LeftOut[]
  /**
   * As Supervisor.reload(); where nothing is computed the cards are read again, and nothing is proved.
   * Faults: those of Supervisor.reload().
   */
  reload(): Promise<ModelsChange>
}

export interface ServedModelsDeps {
  /** As read at the start: they count until others are proved. */
  readonly models: readonly Model[]
  readonly leftOut?: readonly LeftOut[]
  readonly modelsDir: string
  readonly compute: Pick<Supervisor, 'cards' | 'reload'> | null
  readonly isDraining: () => boolean
  readonly log: Pick<Log, 'info' | 'error'>
  readonly metrics: Pick<Metrics, 'modelsReload'>
}

/** Says in the log what a reload changed, and in the supervisor's what it did not. */
export function servedModels(deps: ServedModelsDeps): ServedModels {
  const { models, modelsDir, compute, isDraining, log, metrics } = deps
  let leftOut = compute === null ? (deps.leftOut ?? []) : []
  for (const { id, reason } of leftOut) log.error({ model: id, reason }, 'a model is left out')
  let read = models.map(({ card }) => card)
  const cards = () => compute?.cards() ?? read

  async function readAgain(): Promise<ModelsChange> {
    const before = read
    read = (await readModels(modelsDir)).map(({ card }) => card)
    leftOut = []
    return modelsChange(before, read)
  }

  return {
    leftOut: () => leftOut,
    now: () => cards().map((card) => ({ card })),
    async reload() {
      if (isDraining()) throw new FaultError('draining', 'the service is stopping')
      const change = await (compute === null ? readAgain() : compute.reload()).catch((error: unknown) => {
        metrics.modelsReload('refused')
        throw error
      })
      metrics.modelsReload('taken')
      const lists = Object.entries(change) as [keyof ModelsChange, ModelsChange[keyof ModelsChange]][]
      const names = lists.map(([list, of]) => [list, of.map(({ id, version }) => `${id} ${version}`)])
      log.info(Object.fromEntries(names), 'models are reloaded')
      return change
    },
  }
}
