/** The arguments of a conversion, and what it says of its result, for whatever command line calls it. */
import type { OnnxValue } from '../trace/onnx.ts'
import { requireOpset } from '../trace/opset.ts'
import type { Sizes } from './axes.ts'
import type { Checked } from './check.ts'
import { UNKNOWN_IDS } from './compare.ts'
import type { Converted } from './convert.ts'

const LETTERS: Readonly<Record<number, readonly (keyof Sizes)[]>> = { 1: ['L'], 2: ['H', 'W'], 3: ['D', 'H', 'W'] }

/** '96,96,96' → D, H, W; '64,64' → H, W; '12' → L. */
export function sizesOf(text: string | undefined): Sizes {
  if (text === undefined) return {}
  const sizes = text.split(',').map(Number)
  const letters = LETTERS[sizes.length]
  if (letters === undefined || sizes.some((size) => !Number.isInteger(size) || size < 1)) {
    throw new Error(`'${text}' is no list of one to three sizes`)
  }
  return Object.fromEntries(letters.map((letter, i) => [letter, sizes[i]!]))
}

export function batchOf(text: string | undefined): { batch?: number | 'N' } {
  if (text === undefined) return {}
  if (text === 'N') return { batch: 'N' }
  const batch = Number(text)
  if (!Number.isInteger(batch) || batch < 1) throw new Error(`'${text}' is no batch; a whole number or N is`)
  return { batch }
}

/** @throws where that opset cannot be written */
export function opsetOf(text: string | undefined): { opset?: number } {
  return text === undefined ? {} : { opset: requireOpset(text.trim() === '' ? Number.NaN : Number(text), text) }
}

/** A line each. */
export function reportOf(converted: Converted): readonly string[] {
  const { graph, notes, multipleOf, open, metadata, checks, fp16Checks, bytes, opset, guessedIds } = converted
  const side = (values: readonly OnnxValue[]) =>
    values.map(({ name, type, shape, dims }) => `${name} ${type} [${dims ?? shape}]`).join(', ')
  return [
    `${side(graph.inputs)} → ${side(graph.outputs)}, opset ${opset}, ${bytes.length} bytes`,
    ...notes.map((note) => `note: ${note}`),
    ...(multipleOf > 1
      ? [`note: ${open.filter((letter) => letter !== 'N').join(', ')} must be multiples of ${multipleOf}`]
      : []),
    ...guessedIds.map(
      (name) => `note: the range of '${name}' is not known; whole numbers below ${UNKNOWN_IDS} were drawn`,
    ),
    ...Object.entries(metadata).map(([key, value]) => `${key}: ${value}`),
    ...checks.map((check) => differenceLine(check, '')),
    ...fp16Checks.map((check) => differenceLine(check, ', weights in float16')),
  ]
}

function differenceLine({ shapes, largestDifference, equalLabels }: Checked, how: string): string {
  const at = Object.values(shapes).map((shape) => `[${shape}]`)
  const labels = (100 * equalLabels).toFixed(3)
  return `largest difference to tfjs at ${at.join(' ')}${how}: ${largestDifference.toExponential(2)}, equal labels: ${labels} %`
}
