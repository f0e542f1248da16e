/** The story of a conversion: read the model, trace it, open what can be open, run it beside tfjs. */
import { seededRandom } from '../random.ts'
import { forInference } from '../rewrites/for-inference.ts'
import { encodeOnnx } from '../trace/onnx.ts'
import type { Artifacts } from './artifacts-of.ts'
import { openAxes, type Sizes, shapesAt } from './axes.ts'
import { channelsLastRuntime } from './channels-last-runtime.ts'
import { checkPoints, cutSizes } from './check-points.ts'
import { compareOn, type Difference, MAX_DIFFERENCE, type OpenCheckRuntime } from './compare.ts'
import { graphProgram } from './graph-program.ts'
import { readLayersProgram } from './layers-program.ts'
import { type Opened, openGraph } from './open-axes.ts'
import type { Program } from './program.ts'
import type { Shapes } from './trace-program.ts'

export interface ConvertOptions {
  /** A number fixes the batch, 'N' demands that it stays open; left out, it stays open where it can. */
  readonly batch?: number | 'N'
  /** D, H, W or H, W or L, in place of what the model states or leaves open. */
  readonly size: Sizes
  /** The same for the comparison with tfjs. */
  readonly checkSize: Sizes
  readonly seed: number
  /** For a network that is only run, one batch of 1 at a time: rewrites/for-inference.ts. */
  readonly forInference?: boolean
}

export interface Checked extends Difference {
  readonly shapes: Shapes
}

export interface Converted extends Opened {
  readonly bytes: Uint8Array
  readonly metadata: Readonly<Record<string, string>>
  readonly checks: readonly Checked[]
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
 * @throws where an op has no ONNX form, an open axis has no size and cannot stay open, or `batch` cannot be had
 */
export async function convertModel(
  artifacts: Artifacts,
  options: ConvertOptions,
  openRuntime: OpenCheckRuntime | null,
): Promise<Converted> {
  const program = await programOf(artifacts)
  const batch = options.forInference ? 1 : options.batch
  const fixed: Sizes = typeof batch === 'number' ? { ...options.size, N: batch } : options.size
  const wanted = openAxes(program).filter((letter) => fixed[letter] === undefined)
  const opened = await opener(options)(program, wanted, fixed)
  if (batch === 'N' && !opened.open.includes('N')) {
    throw new Error(opened.notes[0] ?? 'the model states its batch; --batch N asks for an open one')
  }
  const metadata = metadataOf(artifacts, opened)
  const bytes = encodeOnnx(opened.graph, metadata)
  const effective: Sizes = opened.open.includes('N') || batch !== undefined ? fixed : withBatch(program, fixed)
  const run =
    openRuntime === null ? Promise.resolve([]) : check(program, { ...opened, bytes }, effective, options, openRuntime)
  if (batch === undefined && opened.open.includes('N')) {
    const reason = await run.then(disagreement, (error: Error) => error.message)
    if (reason !== undefined) return fixedBatch(artifacts, options, reason, openRuntime)
  }
  const checks = await run
  const isGuessed = (input: Program['inputs'][number]) => input.type === 'int32' && input.idCount === undefined
  const guessedIds = program.inputs.filter(isGuessed).map(({ name }) => name)
  return { ...opened, notes: [...(program.notes ?? []), ...opened.notes], bytes, metadata, checks, guessedIds }
}

function opener({ forInference: isOnlyRun }: ConvertOptions): typeof openGraph {
  if (!isOnlyRun) return openGraph
  return async (program, wanted, fixed) => {
    const opened = await openGraph(program, wanted, fixed)
    if (opened.open.length > 0)
      throw new Error(`a network that is only run has fixed sizes; ${opened.open.join(', ')} are open: give --size`)
    return { ...opened, graph: forInference(opened.graph) }
  }
}

/** What the runs at other batches than the traced ones say against an open batch. */
function disagreement(checks: readonly Checked[]): string | undefined {
  const wrong = checks.find(({ largestDifference }) => !(largestDifference <= MAX_DIFFERENCE))
  return wrong && `at ${JSON.stringify(wrong.shapes)} tfjs and the graph differ by ${wrong.largestDifference}`
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

/** The bytes themselves where their grid is small enough; else the same program traced at a smaller grid. */
async function check(
  program: Program,
  opened: Opened & { bytes: Uint8Array },
  fixed: Sizes,
  options: ConvertOptions,
  openRuntime: OpenCheckRuntime,
): Promise<Checked[]> {
  const asked = options.checkSize
  const random = seededRandom(options.seed)
  const sizes = await cutSizes(program, opened, fixed, asked)
  const checked = sizes === fixed ? opened : await opener(options)(program, opened.open, sizes)
  const bytes = sizes === fixed ? opened.bytes : encodeOnnx(checked.graph)
  const points = await checkPoints(program, checked, sizes, asked)
  const runtime = await openRuntime(bytes)
  const checks: Checked[] = []
  try {
    for (const point of points) {
      const shapes = shapesAt(program, { ...sizes, ...point }, sizes)
      const seen = options.forInference ? channelsLastRuntime(runtime) : runtime
      checks.push({ shapes, ...(await compareOn(program, seen, shapes, random)) })
    }
  } finally {
    await runtime.close()
  }
  return checks
}
