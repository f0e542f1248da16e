#!/usr/bin/env node
/**
 * The command line. Exit codes: 0 done, 1 a fault, 2 wrong usage, 130 interrupted. Results go to files or stdout; progress, warnings
 * and faults to stderr.
 */
import type { Command } from './cli/command.ts'
import type { TrainingCommand } from './cli/training.ts'
import { keepCompiled } from './compute/compiled.ts'
import { FaultError } from './errors.ts'

const USAGE = `usage: onelabel <command> [options]

  serve      the HTTP service
  segment    one label map for one subject's scans
  qc         many results on one page to look through
  compare    what changed between two dates of one head
  models     list the models and hold each to its weights' hash and its golden case
  keys       make an API key
  audit      verify the audit file
  dicom      say what is in a folder of DICOM, and which series would be taken
  pacs       try the sources and destinations of a PACS configuration, or a study

  train         train a network from a recipe, or several from a plan
  evaluate      score a model on labelled scans
  release       make a model that the service takes, of a run or of a converted network
  calibrate     try how sure and how large a lesion has to be
  average       the mean of the weights of runs
  pseudo-label  tissue labels for T1 scans that nobody has labelled
  brain-masks   where the brain is in heads that nobody has labelled
  distil        labels for one scan by what a model sees in more
  convert       turn a tfjs model into ONNX
  to-tfjs       the tfjs model that a released model was made of

onelabel <command> --help says more, onelabel --version which version this is. Research use only, not a medical device.
`

/** Loaded when asked for: `serve` must not load what `segment` needs. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./cli/serve.ts')).serve,
  segment: async () => (await import('./cli/segment.ts')).segmentCommand,
  qc: async () => (await import('./cli/qc.ts')).qc,
  compare: async () => (await import('./cli/compare.ts')).compareCommand,
  models: async () => (await import('./cli/models.ts')).models,
  keys: async () => (await import('./cli/keys.ts')).keys,
  audit: async () => (await import('./cli/audit.ts')).audit,
  dicom: async () => (await import('./cli/dicom.ts')).dicom,
  pacs: async () => (await import('./cli/pacs.ts')).pacs,
  train: inTraining('train'),
  evaluate: inTraining('evaluate'),
  release: inTraining('release'),
  calibrate: inTraining('calibrate'),
  average: inTraining('average'),
  'pseudo-label': inTraining('pseudo-label'),
  'brain-masks': inTraining('brain-masks'),
  distil: inTraining('distil'),
  convert: inTraining('convert'),
  'to-tfjs': inTraining('to-tfjs'),
}

function inTraining(name: TrainingCommand): () => Promise<Command> {
  return async () => (await import('./cli/training.ts')).training(name)
}

async function run([name, ...args]: readonly string[]): Promise<number | null> {
  if (name === '--help' || name === '-h') {
    process.stdout.write(USAGE)
    return 0
  }
  if (name === '--version') return (await import('./cli/version.ts')).version(args)
  const load = name === undefined || !Object.hasOwn(COMMANDS, name) ? undefined : COMMANDS[name]
  if (load === undefined) {
    process.stderr.write(name === undefined ? USAGE : `onelabel: there is no command '${name}'\n\n${USAGE}`)
    return 2
  }
  try {
    return await (await load())(args)
  } catch (error) {
    if (isUsageError(error)) {
      process.stderr.write(`onelabel ${name}: ${error.message}\n(onelabel ${name} --help says more)\n`)
      return 2
    }
    if (!(error instanceof FaultError)) throw error
    process.stderr.write(`onelabel ${name}: ${error.message} (${error.fault.kind})\n`)
    return error.fault.kind === 'cancelled' ? INTERRUPTED : 1
  }
}

/** 128 + SIGINT, as shells say it. */
const INTERRUPTED = 130

/** What node:util's parseArgs throws. */
function isUsageError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
}

keepCompiled()
const exitCode = await run(process.argv.slice(2))
if (exitCode !== null) process.exitCode = exitCode
