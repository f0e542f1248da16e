/** Runs a plan: each stage in a run of its own, then the mean, the release and its evaluation. What is done is not done again. */
import { basename, join } from 'node:path'
import type { Card } from '../../src/model/card.ts'
import { type Model, readModel } from '../../src/model/registry.ts'
import { openEvaluation } from '../evaluation/open-list.ts'
import { writeCardScores, writePage } from '../evaluation/page.ts'
import type { CaseResult } from '../evaluation/result.ts'
import { keptResults, runCases } from '../evaluation/run-cases.ts'
import { averageRuns } from './average-runs.ts'
import type { Plan, Stage } from './plan.ts'
import { stageModel } from './publish.ts'
import { writeModel } from './release.ts'
import { networkOfRun } from './release-run.ts'
import { type RunOptions, type RunResult, trainRun } from './train-run.ts'

export interface PlanOptions extends Omit<RunOptions, 'scheduleSeconds' | 'recipeFile' | 'onStep' | 'maxSeconds'> {
  readonly modelsDir: string
  /** Trains a stage; handed in so that a command shows each one's progress. */
  readonly onStage: (stage: Stage, at: number) => Pick<RunOptions, 'onStep'> & { readonly end: () => void }
  readonly onCase: (result: CaseResult, at: number, of: number) => void
  readonly onNote: (note: string) => void
}

export interface PlanResult {
  /** False where it was stopped; the same call goes on. */
  readonly finished: boolean
  readonly card?: Card
  /** Where the evaluation's tables are. */
  readonly page?: string
}

export async function runPlan(plan: Plan, options: PlanOptions): Promise<PlanResult> {
  const { out, onNote } = options
  for (const [at, stage] of plan.stages.entries()) {
    const ran = await runStage(stage, at, options)
    if (!ran.finished) return { finished: false }
    onNote(`${stage.recipe.id}: ${ran.steps} steps in ${Math.round(ran.seconds)} s`)
  }
  let chosen = join(out, plan.stages.at(-1)!.recipe.id)
  if (plan.averaged.length > 0) {
    chosen = join(out, `${plan.stages.at(-1)!.recipe.id}-mean`)
    await averageRuns(
      chosen,
      plan.averaged.map((id) => join(out, id)),
    )
    onNote(`${basename(chosen)}: the mean of ${plan.averaged.join(', ')}`)
  }
  return plan.release === undefined ? { finished: true } : release(plan, plan.release, chosen, options)
}

async function runStage(stage: Stage, at: number, options: PlanOptions): Promise<RunResult> {
  const { onStage, onCase: _, modelsDir: __, ...rest } = options
  const { end, ...progress } = onStage(stage, at)
  try {
    return await trainRun(stage.recipe, {
      ...rest,
      ...progress,
      maxSeconds: Number.POSITIVE_INFINITY,
      recipeFile: stage.recipeFile,
      ...(stage.minutes !== undefined && { scheduleSeconds: 60 * stage.minutes }),
    })
  } finally {
    end()
  }
}

/** The model is evaluated before it takes the place of another. */
async function release(plan: Plan, id: string, runFolder: string, options: PlanOptions): Promise<PlanResult> {
  const { out, modelsDir, onNote } = options
  const network = await networkOfRun(runFolder, { id, notesFile: plan.notes, onNote })
  const staging = await stageModel(modelsDir, id)
  try {
    const model = await writeModel(network, staging.folder, onNote)
    const page = plan.evaluate === undefined ? undefined : join(out, `${id}-evaluation`, `${id}.md`)
    if (page !== undefined) await evaluate(plan.evaluate!, model, page, options)
    const { card } = await readModel(staging.folder)
    await staging.publish()
    return { finished: true, card, ...(page !== undefined && { page }) }
  } catch (error) {
    await staging.drop()
    throw error
  }
}

async function evaluate(list: string, model: Model, page: string, options: PlanOptions): Promise<void> {
  const { dataDir: data, threads = 0, onNote, onCase } = options
  const opened = await openEvaluation({ list, data }, model.card)
  for (const note of opened.notes) onNote(`left out: ${note}`)
  if (opened.subjects.length === 0) throw new Error(`${list}: no subject of it is there to evaluate`)
  const folders = {
    data: opened.dataDir,
    results: page.replace(/\.md$/, ''),
    pictures: join(page, '../pictures', model.card.id),
  }
  await runCases(model, opened.list, opened.subjects, folders, {
    ...{ flipAverage: false, again: false, device: 'auto', threads, onCase },
  })
  const kept = await keptResults(model, opened.list, folders)
  const command = `npx onelabel evaluate --model ${model.card.id} --list ${basename(list)}`
  await writePage(page, model, opened.list, kept, folders, command)
  await writeCardScores(model, kept.results, command)
}
