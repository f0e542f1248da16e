/** The story of a conversion: read the model, trace it, open what can be open, put it in the form that is wanted, run it beside tfjs. */
import { OPSET, requireOpset } from '../trace/opset.ts'
import type { Artifacts } from './artifacts-of.ts'
import { openAxes, type Sizes } from './axes.ts'
import { type CheckOptions, type Checks, check, disagreement } from './check.ts'
import type { OpenCheckRuntime } from './compare.ts'
import { filesOf, openInForm } from './form.ts'
import { graphProgram } from './graph-program.ts'
import { readLayersProgram } from './layers-program.ts'
import type { Opened } from './open-axes.ts'
import type { Program } from './program.ts'

export interface ConvertOptions extends CheckOptions {
  /** A number fixes the batch, 'N' demands that it stays open; left out, it stays open where it can. */
  readonly batch?: number | 'N'
  /** D, H, W or H, W or L, in place of what the model states or leaves open. */
  readonly size: Sizes
}

export interface Converted extends Opened, Checks {
  /** In the order of axes that was asked for, in the words of opset 17 and with weights in float32; `bytes` are in the form asked for. */
  readonly graph: Opened['graph']
  readonly bytes: Uint8Array
  readonly opset: number
  readonly metadata: Readonly<Record<string, string>>
  /** Inputs of whole numbers whose range the model does not show. */
  readonly guessedIds: readonly string[]
}

/** The model of `artifacts` as a program, whichever kind it is. */
export async function programOf(artifacts: Artifacts): Promise<Program> {
  if (artifacts.kind === 'graph') return graphProgram(artifacts.model)
  return readLayersProgram(artifacts.model)
}

/**
 * Runs on tfjs's cpu backend. What the checks found is returned, not judged. Without a runtime (null) there are none, and nobody knows
 * whether an open batch holds.
 * @throws where an op has no ONNX form, an open axis has no size and cannot stay open, or `batch` or the form cannot be had
 */
export async function convertModel(
  artifacts: Artifacts,
  options: ConvertOptions,
  openRuntime: OpenCheckRuntime | null,
): Promise<Converted> {
  const opset = requireOpset(options.opset ?? OPSET)
  const program = await programOf(artifacts)
  const batch = options.forInference ? 1 : options.batch
  const fixed: Sizes = typeof batch === 'number' ? { ...options.size, N: batch } : options.size
  const wanted = openAxes(program).filter((letter) => fixed[letter] === undefined)
  const opened = await openInForm(program, wanted, fixed, options)
  if (batch === 'N' && !opened.open.includes('N')) {
    const reason = opened.notes.find((note) => note.startsWith('the batch stays'))
    throw new Error(reason ?? 'the model states its batch; --batch N asks for an open one')
  }
  const metadata = metadataOf(artifacts, opened)
  const files = filesOf(opened.graph, metadata, options)
  const effective: Sizes = opened.open.includes('N') || batch !== undefined ? fixed : withBatch(program, fixed)
  const run: Promise<Checks> =
    openRuntime === null
      ? Promise.resolve({ checks: [], fp16Checks: [] })
      : check(program, { ...opened, files }, effective, options, openRuntime)
  if (batch === undefined && opened.open.includes('N')) {
    const openBatch = run.then(({ checks }) => disagreement({ checks, fp16Checks: [] }))
    const reason = await openBatch.catch((error: Error) => error.message)
    if (reason !== undefined) return fixedBatch(artifacts, options, reason, openRuntime)
  }
  const isGuessed = (input: Program['inputs'][number]) => input.type === 'int32' && input.idCount === undefined
  return {
    ...opened,
    ...(await run),
    notes: [...(program.notes ?? []), ...opened.notes, ...files.notes],
    bytes: files.float16 ?? files.float32,
    opset,
    metadata,
    guessedIds: program.inputs.filter(isGuessed).map(({ name }) => name),
  }
}

async function fixedBatch(
  artifacts: Artifacts,
  options: ConvertOptions,
  reason: string,
  openRuntime: OpenCheckRuntime | null,
): Promise<Converted> {
  const converted = await convertModel(artifacts, { ...options, batch: 1 }, openRuntime)
  return { ...converted, notes: [`the batch stays 1: ${reason}`, ...converted.notes] }
}

/** An open batch that had to be fixed is 1. */
function withBatch(program: Program, fixed: Sizes): Sizes {
  return openAxes(program).includes('N') ? { ...fixed, N: 1 } : fixed
}

function metadataOf(artifacts: Artifacts, opened: Opened): Record<string, string> {
  const { format, generatedBy, convertedBy, userDefinedMetadata, weightsSha256 } = artifacts
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['producer', 'onelabel convert'],
    ['tfjs.format', format ?? `${artifacts.kind}-model`],
    ['tfjs.generatedBy', generatedBy],
    ['tfjs.convertedBy', convertedBy],
    ['tfjs.userDefinedMetadata', userDefinedMetadata === undefined ? undefined : JSON.stringify(userDefinedMetadata)],
    ['tfjs.weightsSha256', weightsSha256],
    ['openAxes', opened.open.join(',') || 'none'],
    ['multipleOf', opened.multipleOf === 1 ? undefined : String(opened.multipleOf)],
  ]
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined))
}
