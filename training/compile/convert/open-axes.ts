/** Which of a program's open axes can stay open in ONNX: as many as possible, for sizes as free as possible. */
import type { OnnxGraph } from '../trace/onnx.ts'
import type { Probe } from './affine.ts'
import { type Letter, type Sizes, shapesAt } from './axes.ts'
import type { Program } from './program.ts'
import { forbiddenAxes, symbolicGraph } from './symbolic.ts'
import { traceProgram } from './trace-program.ts'

export interface Opened {
  readonly graph: OnnxGraph
  readonly open: readonly Letter[]
  /** Sizes of D, H, W and L that the model takes are multiples of this. */
  readonly multipleOf: number
  /** One sentence for each axis that had to be fixed. */
  readonly notes: readonly string[]
}

/** Networks that halve their grid k times and double it again take multiples of 2^k only. */
const MULTIPLES = [1, 2, 4, 8, 16, 32, 64]

/** What tfjs says of things that it cannot do at all, rather than at this size. */
const NO_SIZE_HELPS =
  /not (yet )?(implemented|supported|registered)|does not support|strides or dilations must be 1|must be rank \d/i

/** Base, alone and together, remainders mixed: odd, even, a multiple of four. Batches above 16 keep fills from being stored. */
const FREE: Readonly<Record<Letter, readonly [number, number, number]>> = {
  N: [17, 19, 23],
  L: [37, 46, 52],
  D: [37, 46, 52],
  H: [41, 54, 60],
  W: [43, 50, 56],
}

function probeOf(letters: readonly Letter[], multiple: number): Probe {
  const steps = { L: 0, D: 0, H: 1, W: 2 }
  const least = Math.ceil(36 / multiple)
  const at = (which: 0 | 1 | 2): Sizes =>
    Object.fromEntries(
      letters.map((letter) => {
        const free = letter === 'N' || multiple === 1
        return [letter, free ? FREE[letter][which] : multiple * (least + steps[letter] + 3 * which)]
      }),
    )
  return { base: at(0), alone: at(1), together: at(2) }
}

/**
 * @param wanted axes to leave open
 * @param fixed sizes of the others; a batch that cannot stay open becomes 1
 * @throws where D, H, W or L can neither stay open nor has a size, and where tfjs or the trace cannot run the program
 */
export async function openGraph(program: Program, wanted: readonly Letter[], fixed: Sizes): Promise<Opened> {
  const notes: string[] = []
  let letters = [...wanted]
  let sizes = fixed
  while (letters.length > 0) {
    const tried = await tryMultiples(program, letters, sizes)
    if ('graph' in tried) return { ...tried, open: letters, notes }
    // A fixed batch can be lived with; a fixed space must be asked for.
    const letter = tried.letters.includes('N') ? 'N' : tried.letters[0]!
    if (letter !== 'N') {
      throw new Error(`the axis ${letter} is open, but cannot stay so: ${tried.reason}; give its size with --size`)
    }
    notes.push(`the batch stays 1: ${tried.reason}`)
    letters = letters.filter((other) => other !== letter)
    sizes = { ...sizes, N: 1 }
  }
  const graph = await traceProgram(program, shapesAt(program, sizes, sizes))
  return { graph, open: [], multipleOf: 1, notes }
}

type Tried =
  | { readonly graph: OnnxGraph; readonly multipleOf: number }
  | { readonly letters: readonly Letter[]; readonly reason: string }

async function tryMultiples(program: Program, letters: readonly Letter[], fixed: Sizes): Promise<Tried> {
  const hasSpace = letters.some((letter) => letter !== 'N')
  let failure: unknown
  for (const multipleOf of hasSpace ? MULTIPLES : [1]) {
    try {
      return { graph: await symbolicGraph(program, probeOf(letters, multipleOf), fixed), multipleOf }
    } catch (error) {
      const forbidden = forbiddenAxes(error)
      if (forbidden !== undefined) return { letters: forbidden, reason: (error as Error).message }
      if (/has no ONNX form|not converted/.test((error as Error).message)) throw error
      if (NO_SIZE_HELPS.test((error as Error).message)) {
        throw new Error(`tfjs cannot run this model: ${(error as Error).message}`, { cause: error })
      }
      failure = error
    }
  }
  return { letters, reason: `tfjs runs the model at none of the sizes that were tried (${(failure as Error).message})` }
}
