/** Where a converted graph is compared with tfjs: small sizes, because tfjs in plain JavaScript is slow. */
import { type Letter, type Sizes, shapesAt } from './axes.ts'
import type { Opened } from './open-axes.ts'
import type { Program } from './program.ts'
import { traceProgram } from './trace-program.ts'

const BATCHES = [1, 2, 5]
/** The small size of each open axis; three-dimensional networks cost the third power. */
const SMALL: Readonly<Record<Letter, number>> = { N: 1, L: 12, D: 12, H: 16, W: 20 }
/** A stated grid of a 3-D network is cut to the first of these that the network takes. */
const CUTS_3D = [16, 32, 48, 64]

/**
 * Sizes for the comparison in place of those of `fixed` and of stated ones: what the user asked for, or a small grid
 * for 3-D networks; `fixed` itself where there is nothing to cut.
 * @throws where tfjs does not take the sizes asked for
 */
export async function cutSizes(program: Program, opened: Opened, fixed: Sizes, asked: Sizes): Promise<Sizes> {
  const ones = Object.fromEntries(opened.open.map((letter) => [letter, 1]))
  const shapes = (sizes: Sizes) => shapesAt(program, { ...sizes, ...ones }, { ...sizes, ...ones })
  const own = JSON.stringify(shapes(fixed))
  const pinned = Object.entries(asked).filter(([letter]) => !opened.open.includes(letter as Letter))
  const isAsked = pinned.length > 0
  for (const cut of isAsked ? [0] : CUTS_3D) {
    const sizes = isAsked ? { ...fixed, ...Object.fromEntries(pinned) } : cutTo(cut, program, fixed)
    if (JSON.stringify(shapes(sizes)) === own) return fixed
    try {
      await traceProgram(program, shapes(sizes))
      return sizes
    } catch (cause) {
      if (isAsked) throw new Error(`the model does not run at --check-size: ${(cause as Error).message}`, { cause })
    }
  }
  return fixed
}

function cutTo(largest: number, program: Program, fixed: Sizes): Sizes {
  const cut: Partial<Record<Letter, number>> = { ...fixed }
  for (const { shape } of program.inputs) {
    if (shape.length !== 5) continue
    for (const [i, letter] of (['D', 'H', 'W'] as const).entries()) {
      const stated = fixed[letter] ?? shape[i + 1]
      if (stated !== null && stated !== undefined) cut[letter] = Math.min(stated, largest)
    }
  }
  return cut
}

/**
 * Sizes of the open axes at which tfjs and the graph are run: batches 1, 2 and 5, each with other sizes of space.
 * A network may need more than the small sizes: they are doubled until tfjs takes them.
 */
export async function checkPoints(program: Program, opened: Opened, fixed: Sizes, asked: Sizes): Promise<Sizes[]> {
  const space = opened.open.filter((letter) => letter !== 'N')
  const batches = opened.open.includes('N') ? BATCHES : [undefined]
  const count = space.length > 0 ? BATCHES.length : batches.length
  for (let scale = 1; ; scale *= 2) {
    const points = Array.from({ length: count }, (_, i) => {
      const sizes = space.map((letter) => {
        const least = asked[letter] ?? scale * SMALL[letter]
        return [
          letter,
          (Math.ceil(least / opened.multipleOf) + (letter === 'W' ? -i : i) + 2) * opened.multipleOf,
        ] as const
      })
      const batch = batches[i % batches.length]
      return { ...(batch === undefined ? {} : { N: batch }), ...Object.fromEntries(sizes) }
    })
    try {
      for (const point of points) await traceProgram(program, shapesAt(program, { ...fixed, ...point }, fixed))
      return points
    } catch (error) {
      if (scale >= 16 || space.length === 0) throw error
    }
  }
}
