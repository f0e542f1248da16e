/** What was converted beside tfjs: the files themselves where their grid is small enough, else the same program at a smaller grid. */
import { seededRandom } from '../random.ts'
import { channelsOutside } from '../rewrites/channels-first.ts'
import { type Sizes, shapesAt } from './axes.ts'
import { channelsLastRuntime } from './channels-last-runtime.ts'
import { checkPoints, cutSizes } from './check-points.ts'
import { compareOn, type Difference, MAX_DIFFERENCE, MAX_FP16_DIFFERENCE, type OpenCheckRuntime } from './compare.ts'
import { type Files, type Form, filesOf, openInForm } from './form.ts'
import type { Opened } from './open-axes.ts'
import type { Program } from './program.ts'
import type { Shapes } from './trace-program.ts'

export interface Checked extends Difference {
  readonly shapes: Shapes
}

export interface Checks {
  /** With weights in float32. */
  readonly checks: readonly Checked[]
  /** The same inputs with weights in float16, where that was asked for. */
  readonly fp16Checks: readonly Checked[]
}

export interface CheckOptions extends Form {
  /** Sizes of the comparison, in place of those of the model. */
  readonly checkSize: Sizes
  /** Of the random inputs. */
  readonly seed: number
}

/** @param fixed the sizes at which `opened` was traced */
export async function check(
  program: Program,
  opened: Opened & { readonly files: Files },
  fixed: Sizes,
  options: CheckOptions,
  openRuntime: OpenCheckRuntime,
): Promise<Checks> {
  const { checkSize: asked, seed } = options
  const sizes = await cutSizes(program, opened, fixed, asked)
  const checked = sizes === fixed ? opened : await openInForm(program, opened.open, sizes, options)
  const { float32, float16 } = sizes === fixed ? opened.files : filesOf(checked.graph, {}, options)
  const points = await checkPoints(program, checked, sizes, asked)
  const { inputs, outputs } = checked.graph
  const isFirst = options.forInference || options.channelsFirst
  const turned = isFirst ? [...inputs, ...outputs].filter(channelsOutside(checked.graph)) : []
  const names = new Set(turned.map(({ name }) => name))
  const checksOf = async (bytes: Uint8Array): Promise<readonly Checked[]> => {
    const random = seededRandom(seed)
    const runtime = await openRuntime(bytes)
    const checks: Checked[] = []
    try {
      for (const point of points) {
        const shapes = shapesAt(program, { ...sizes, ...point }, sizes)
        checks.push({ shapes, ...(await compareOn(program, channelsLastRuntime(runtime, names), shapes, random)) })
      }
    } finally {
      await runtime.close()
    }
    return checks
  }
  return { checks: await checksOf(float32), fp16Checks: float16 === undefined ? [] : await checksOf(float16) }
}

/** The sentence that says where tfjs and what was converted are too far from each other; undefined where they are not. */
export function disagreement({ checks, fp16Checks }: Checks): string | undefined {
  return beyond(checks, MAX_DIFFERENCE, '') ?? beyond(fp16Checks, MAX_FP16_DIFFERENCE, ' with weights in float16')
}

function beyond(checks: readonly Checked[], most: number, how: string): string | undefined {
  const wrong = checks.find(({ largestDifference }) => !(largestDifference <= most))
  if (wrong === undefined) return undefined
  return `tfjs and ONNX${how} differ by ${wrong.largestDifference} at ${JSON.stringify(wrong.shapes)}; ${most} is allowed`
}
