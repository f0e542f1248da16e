/**
 * `npm run benchmark:paper`: every method, scenario and seed, case by case; what is done is not done again, so a run that
 * was stopped goes on. Prints and writes the table of what there is.
 *
 *   node training/paper/run.ts [--quick] [--data ../shared/data] [--runs runs/benchmark] [--seeds 3] [--steps 500]
 *                                  [--threads 0] [--minutes 360] [--only wmh-ours] [--out docs/benchmark]
 */
import '../compile/cpu-backend.ts'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { SCENARIOS, SUBJECTS } from '../sources/phantom-set.ts'
import { caseFile, runCase } from './case.ts'
import { writeCaseFigure } from './case-figure.ts'
import { type CaseResult, METHODS } from './result.ts'
import { benchmarkTable } from './table.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    data: { type: 'string', default: '../shared/data' },
    runs: { type: 'string' },
    seeds: { type: 'string' },
    steps: { type: 'string' },
    /** Two runs of one thread each (--only wmh, --only tumour) finish sooner than one of two threads. */
    threads: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '360' },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
})
const runsDir = values.runs ?? (values.quick ? 'runs/benchmark-quick' : 'runs/benchmark')
const seeds = Number(values.seeds ?? (values.quick ? 1 : 3))
const budget = { steps: Number(values.steps ?? (values.quick ? 120 : 500)), batch: 4 }
const subjects = values.quick ? 3 : SUBJECTS.test
const started = performance.now()
await tf.setBackend('cpu')

const options = { dataDir: values.data, runsDir, budget, subjects, threads: Number(values.threads) }
const results: CaseResult[] = []
let left = 0
// Seeds outside, so that a run that is stopped has whole tables of fewer seeds.
for (let seed = 1; seed <= seeds; seed++) {
  for (const scenario of SCENARIOS) {
    for (const method of METHODS) {
      if (!`${scenario}-${method}`.startsWith(values.only)) continue
      const isOver = (performance.now() - started) / 60_000 > Number(values.minutes)
      if (isOver && !existsSync(caseFile(runsDir, scenario, method, seed))) {
        left += 1
        continue
      }
      const result = await runCase(scenario, method, seed, options)
      results.push(result)
      const means = result.labels.map((label, k) => {
        const scores = result.subjects.flatMap(({ dice }) => dice[k] ?? [])
        return `${label} ${(scores.reduce((sum, x) => sum + x, 0) / scores.length).toFixed(3)}`
      })
      console.log(`${scenario} ${method} seed ${seed}: ${means.slice(1).join(', ')} (${result.seconds.toFixed(0)} s)`)
    }
  }
}
const command = `npm run benchmark:paper -- --seeds ${seeds} --steps ${budget.steps}${values.quick ? ' --quick' : ''}`
const table = benchmarkTable(results, command, seeds)
console.log(table)
if (values.out !== undefined) {
  await mkdir(values.out, { recursive: true })
  const figures: string[] = []
  for (const scenario of SCENARIOS) {
    const figure = await writeCaseFigure(values.out, scenario, 1, options)
    if (figure !== undefined) figures.push(`## One case: ${scenario}\n\n${figure}\n`)
  }
  await writeFile(join(values.out, 'tables.md'), [table, ...figures].join('\n'))
}
if (left > 0) console.log(`${left} cases are left; the same command goes on`)
