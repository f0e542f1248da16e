/** `onelabel distil`: a model labels the scans of a recipe, from more of them than the network in training is shown. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readScan } from '../../src/formats/read.ts'
import { segment } from '../../src/inference/segment.ts'
import type { Card } from '../../src/model/card.ts'
import { chooseModel, readModels } from '../../src/model/registry.ts'
import type { Engine } from '../../src/network/engine.ts'
import { openEngine } from '../../src/network/ort.ts'
import type { NiftiScan } from '../../src/nifti/read-planned.ts'
import { encodeLabels } from '../../src/nifti/write.ts'
import { openFinder } from '../../src/quality/open-finder.ts'
import { CLASS_NAMES } from '../method/label-sets.ts'
import { BRAIN_LABELS } from '../method/labels.ts'
import { readRecipe } from '../run/recipe-file.ts'
import { type DistilledScans, labelsFile } from '../sources/datasets/distilled.ts'
import { TRAINING_LIMITS } from '../sources/datasets/limits.ts'
import { readVolume } from '../sources/datasets/read-volume.ts'
import { distilled } from '../sources/distil.ts'
import { parseCommand, runCommand, usageError, wholeNumber } from './run.ts'

const HELP = `usage: onelabel distil <recipe.json> [options]

Labels the subjects of a recipe's sources of kind distilled by a model, each from the scans that it names in 'from' (else those in
'scans'), every patch seen mirrored as well, and writes what the model was sure of where training looks for it:
<out>/distilled/<name>.nii.gz. What is there already is passed over.

  --model <id>    (default: as onelabel segment)
  --models        (default: models)
  --data          the folder of the recipe's scans (default: ../shared/data)
  --out           the folder of the runs (default: runs)
  --threads <n>   of the CPU (default: the cores this process may use)
`

async function main(args: string[]): Promise<number> {
  const parsed = parseCommand(
    args,
    {
      model: { type: 'string' },
      models: { type: 'string', default: 'models' },
      data: { type: 'string', default: '../shared/data' },
      out: { type: 'string', default: 'runs' },
      threads: { type: 'string', default: '0' },
    },
    HELP,
  )
  if (parsed === null) return 0
  const { values, positionals } = parsed
  const [recipeFile, ...more] = positionals
  if (recipeFile === undefined || more.length > 0) throw usageError('it is: distil <recipe.json>')
  const recipe = await readRecipe(recipeFile)
  const subjects = recipe.data.sources.flatMap((source) => (source.kind === 'distilled' ? source.subjects : []))
  if (subjects.length === 0) throw new Error(`${recipeFile} has no source of kind distilled`)
  const { card, weightsPath } = chooseModel(await readModels(values.models), values.model)
  const threads = wholeNumber('threads', values.threads, 0)
  const open = await openEngine(weightsPath, card, { device: 'cpu', threads })
  const finder = await openFinder(threads)
  try {
    for (const subject of subjects) {
      const out = labelsFile(subject.name, values.out)
      if (existsSync(out)) continue
      await mkdir(join(values.out, 'distilled'), { recursive: true })
      await writeFile(out, await labelled(subject, card, { ...open, finder: finder.engine }, values.data))
      console.log(`${subject.name}: ${out}`)
    }
  } finally {
    await open.close()
    await finder.close()
  }
  return 0
}

async function labelled(
  { name, scans, from = scans, drawn }: DistilledScans,
  card: Card,
  { engine, finder }: { readonly engine: Engine; readonly finder: Engine },
  dataDir: string,
): Promise<Uint8Array> {
  const read = new Map<string, NiftiScan>()
  for (const [channel, scan] of Object.entries(from))
    read.set(channel, await readScan(join(dataDir, scan), TRAINING_LIMITS))
  const volumes = new Map([...read].map(([channel, { volume }]) => [channel, volume]))
  const gridChannel = card.channels.find((channel) => scans[channel.name] !== undefined)!.name
  const result = await segment(volumes, card, engine, { flipAverage: true, confidenceMap: true, finder, gridChannel })
  if (result.usedChannels.length < volumes.size) throw new Error(`${name}: a scan could not be laid on the others`)
  const classOf = new Map(card.labels.map((label) => [label.value, CLASS_NAMES.indexOf(label.name)]))
  const classes = { ...result.labels, data: result.labels.data.map((value) => classOf.get(value)!) }
  const lesions = drawn === undefined ? null : await readVolume(join(dataDir, drawn), 'labels')
  const truth = distilled(
    { classes, confidence: result.confidenceMap!.data },
    lesions && Uint8Array.from(lesions.data, (value) => (value > 0.5 ? 1 : 0)),
  )
  return encodeLabels(truth, read.get(gridChannel)!.geometry, BRAIN_LABELS)
}

await runCommand('distil', main)
