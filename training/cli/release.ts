/** `onelabel release`: a run, or a converted network with its card, becomes a model that a service can take. */

import { stageModel } from '../run/publish.ts'
import { writeModel } from '../run/release.ts'
import { hasDraft, networkOfFolder } from '../run/release-folder.ts'
import { networkOfRun } from '../run/release-run.ts'
import { readRecord } from '../run/run-record.ts'
import { parseCommand, runCommand, usageError } from './run.ts'

const HELP = `usage: onelabel release <run folder> [options]
       onelabel release <folder with card.json and its network> [options]

Writes <models>/<id>/: the network as it serves, what the tfjs model it came from is taken back by, the golden case and the card, held to each
other as the service will hold them. The old model of that name stands until the new one does. What nobody has stated
is said to be unknown in the card. Scores: onelabel evaluate --model <id> --card. A running service takes it with
POST /v1/models:reload.

  --models <folder>   (default: models)
  --id <id>           (default: the id of the recipe, or of the card)
  --notes <file>      what a card says that no run can know: intendedUse, license, data, knownFailures, trainedRange,
                      assessment, isDefault (default: training/recipes/<id>.notes.json, where there is one)
  --default           it does what names no model
  --recipe <file>     of a run without run.json
  --int8 <file>       inner convolutions in whole numbers, calibrated on the scans of this file (docs/converting.md)
  --data <folder>     of those scans (default: ../shared/data)
`

const OPTIONS = {
  models: { type: 'string', default: 'models' },
  id: { type: 'string' },
  notes: { type: 'string' },
  default: { type: 'boolean', default: false },
  recipe: { type: 'string' },
  int8: { type: 'string' },
  data: { type: 'string', default: '../shared/data' },
} as const

async function main(args: string[]): Promise<number> {
  const parsed = parseCommand(args, OPTIONS, HELP)
  if (parsed === null) return 0
  const { values, positionals } = parsed
  const [folder, ...more] = positionals
  if (folder === undefined || more.length > 0) throw usageError('it is: release <run folder>')
  const onNote = (note: string) => console.error(note)
  const isRun = values.recipe !== undefined || !hasDraft(folder) || (await readRecord(folder)) !== undefined
  const network = isRun
    ? await networkOfRun(folder, {
        id: values.id,
        recipeFile: values.recipe,
        notesFile: values.notes,
        ...(values.int8 !== undefined && { int8: { calibration: values.int8, dataDir: values.data } }),
        onNote,
      })
    : await networkOfFolder(folder, values.id)
  const draft = { ...network.draft, ...(values.default && { isDefault: true }) }
  const staging = await stageModel(values.models, draft.id)
  try {
    const { card } = await writeModel({ ...network, draft }, staging.folder, onNote)
    await staging.publish()
    console.log(`${values.models}/${card.id}: ${card.title}, version ${card.version}, ${card.weights.bytes} bytes`)
  } catch (error) {
    await staging.drop()
    throw error
  }
  return 0
}

await runCommand('release', main)
