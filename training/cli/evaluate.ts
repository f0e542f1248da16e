/** `onelabel evaluate`: a model's scores on every labelled subject of the data folder. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { DeviceChoice } from '../../src/inference/device.ts'
import { openEngine } from '../../src/inference/ort.ts'
import { chooseModel, readModels } from '../../src/model/registry.ts'
import { availableCases } from '../datasets/evaluation.ts'
import { type CaseScore, evaluateCase } from '../evaluate.ts'
import { overlayPng } from '../overlay.ts'
import { runCommand } from './run.ts'

const HELP = `usage: onelabel evaluate [--model id] [--models models] [--data ../shared/data] [--channels t1,flair]
                         [--cases name,name] [--json scores.json] [--pictures folder] [--device auto]

Runs the model through the same code as the service on labelled subjects that it was not trained on and prints Dice,
HD95 (mm) and volumes (mL) per label.

  --channels  use only these channels of each subject
  --cases     only cases whose name begins so
  --json      write the scores
  --pictures  write an overlay (PNG) a case
`

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      model: { type: 'string' },
      models: { type: 'string', default: 'models' },
      data: { type: 'string', default: '../shared/data' },
      channels: { type: 'string' },
      cases: { type: 'string' },
      json: { type: 'string' },
      pictures: { type: 'string' },
      device: { type: 'string', default: 'auto' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help || positionals.length > 0) {
    console.log(HELP)
    return values.help ? 0 : 2
  }
  const model = chooseModel(await readModels(values.models), values.model)
  const { engine, device, close } = await openEngine(model.weightsPath, model.card, {
    device: values.device as DeviceChoice,
    threads: 0,
  })
  const { cases, notes } = availableCases(values.data)
  for (const note of notes) console.error(`left out: ${note}`)
  const prefixes = values.cases?.split(',')
  const chosen = cases.filter(({ name }) => prefixes?.some((prefix) => name.startsWith(prefix)) ?? true)
  const results: CaseScore[] = []
  if (values.pictures !== undefined) await mkdir(values.pictures, { recursive: true })
  console.log(`${model.card.id}@${model.card.version} on ${device}`)
  for (const candidate of chosen) {
    const evaluated = await evaluateCase(candidate, values.data, model.card, engine, values.channels?.split(','))
    if (evaluated === undefined) continue
    const { score, subject, found } = evaluated
    results.push(score)
    const line = score.scores.map(
      (s) =>
        `${s.label} ${format(s.dice)} (HD95 ${format(s.hd95Mm, 1)} mm, ${s.foundMl.toFixed(1)} of ${s.truthMl.toFixed(1)} mL)`,
    )
    console.log(`${score.name} [${score.channels}] ${line.join('; ')}; ${score.seconds.toFixed(1)} s`)
    if (values.pictures !== undefined) {
      const png = overlayPng(subject.channels.get(subject.truthChannel)!, found, model.card.labels)
      await writeFile(join(values.pictures, `${score.name}.png`), png)
    }
  }
  await close()
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 1)}\n`)
  return 0
}

function format(value: number | null, digits = 3): string {
  return value === null ? 'none' : value.toFixed(digits)
}

await runCommand('evaluate', main)
