/** One case of the benchmark: a method trained from one seed and scored on the test subjects. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dice, hd95Mm } from '../../src/measure/overlap.ts'
import { openEngine } from '../../src/network/ort.ts'
import type { LabelVolume } from '../../src/volume/volume.ts'
import { exportOnnx } from '../compile/export.ts'
import { channelCount } from '../method/losses/targets.ts'
import { train } from '../run/train.ts'
import { phantomSubject, type ScenarioName, SUBJECTS } from '../sources/phantom-set.ts'
import { type Budget, jointClasses, labelsOf, networksOf } from './methods.ts'
import { type OpenNetwork, predict } from './predict.ts'
import { type CaseResult, channelsShown, type MethodName, type SubjectScores } from './result.ts'

export interface CaseOptions {
  readonly dataDir: string
  readonly runsDir: string
  readonly budget: Budget
  readonly subjects: number
  /** The threads of training and inference; 0 leaves it to onnxruntime. */
  readonly threads: number
}

export const caseFile = (runsDir: string, scenario: ScenarioName, method: MethodName, seed: number): string =>
  join(runsDir, 'cases', `${scenario}-${method}-${seed}.json`)

/** The joint label map of the first test subject as a case found it, bare voxels, for the figure. */
export const labelsFile = (runsDir: string, scenario: ScenarioName, method: MethodName, seed: number): string =>
  join(runsDir, 'cases', `${scenario}-${method}-${seed}.labels`)

/** The result on disk, or undefined where the case has not been run. */
export async function readCase(path: string): Promise<CaseResult | undefined> {
  return existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as CaseResult) : undefined
}

/** Truth in classes → values of the joint label map. */
export function jointTruth(truth: LabelVolume, joint: readonly number[]): LabelVolume {
  return { ...truth, data: truth.data.map((k) => joint.indexOf(k)) }
}

/** The networks of a method, trained (or read from a finished run) and opened on the CPU. */
async function openMethod(
  scenario: ScenarioName,
  method: MethodName,
  seed: number,
  options: CaseOptions,
): Promise<{ networks: OpenNetwork[]; parameters: number; seconds: number; close: () => Promise<void> }> {
  const networks: OpenNetwork[] = []
  const closers: (() => Promise<void>)[] = []
  let [parameters, seconds] = [0, 0]
  for (const network of networksOf(method, scenario, seed, options.budget)) {
    const runFolder = join(options.runsDir, 'runs', network.recipe.id)
    const { dataDir } = options
    const trained = await train(network.recipe, {
      runFolder,
      dataDir,
      device: 'cpu',
      workers: 1,
      threads: options.threads,
      maxSeconds: Infinity,
    })
    const { bytes } = await exportOnnx(trained.model, {})
    const path = join(runFolder, 'model.onnx')
    await writeFile(path, bytes)
    const channels = channelCount(network.heads)
    const pipeline = { ...network.recipe, labels: labelsOf(Array.from({ length: channels }, () => 0)) }
    const { engine, close } = await openEngine(path, pipeline, { device: 'cpu', threads: options.threads })
    networks.push({ ...network, engine })
    closers.push(close)
    parameters += trained.model.countParams()
    seconds += trained.seconds
  }
  return { networks, parameters, seconds, close: async () => void (await Promise.all(closers.map((close) => close()))) }
}

/** Runs a case, or reads what an earlier run left of it; a training that was stopped goes on from its checkpoint. */
export async function runCase(
  scenario: ScenarioName,
  method: MethodName,
  seed: number,
  options: CaseOptions,
): Promise<CaseResult> {
  const path = caseFile(options.runsDir, scenario, method, seed)
  const known = await readCase(path)
  if (known !== undefined) return known
  await mkdir(join(options.runsDir, 'cases'), { recursive: true })
  const joint = jointClasses(scenario)
  const opened = await openMethod(scenario, method, seed, options)
  const started = performance.now()
  const subjects: SubjectScores[] = []
  for (let index = 0; index < Math.min(options.subjects, SUBJECTS.test); index++) {
    const subject = await phantomSubject(options.dataDir, scenario, 'test', index)
    const shown = channelsShown(method)
    const scans = new Map([...subject.scans].filter(([channel]) => shown.includes(channel)))
    const found = await predict(opened.networks, scans, joint)
    if (index === 0) await writeFile(labelsFile(options.runsDir, scenario, method, seed), found.data)
    const truth = jointTruth(subject.truth, joint)
    subjects.push({
      name: subject.name,
      anatomy: subject.anatomy,
      dice: dice(found, truth, joint.length),
      hd95Mm: joint.map((_, value) => (value === 0 ? null : hd95Mm(found, truth, value))),
    })
  }
  await opened.close()
  const result: CaseResult = {
    scenario,
    method,
    seed,
    labels: labelsOf(joint).map(({ name }) => name),
    steps: options.budget.steps,
    parameters: opened.parameters,
    seconds: opened.seconds + (performance.now() - started) / 1000,
    subjects,
  }
  await writeFile(`${path}.writing`, JSON.stringify(result, undefined, 1))
  await rename(`${path}.writing`, path)
  // the next case of the same network starts where this one ended
  if (!method.startsWith('dropout')) {
    for (const { recipe } of opened.networks) await rm(join(options.runsDir, 'runs', recipe.id, 'checkpoint.bin'))
  }
  return result
}
