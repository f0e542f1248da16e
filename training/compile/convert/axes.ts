/**
 * Axes whose size a model leaves open: one letter is one size wherever it stands, in every input.
 * [N, L], [N, L, C], [N, H, W, C], [N, D, H, W, C].
 */
import type { Program } from './program.ts'
import type { Shapes } from './trace-program.ts'

export type Letter = 'N' | 'L' | 'D' | 'H' | 'W'

const LETTERS: Readonly<Record<number, readonly (Letter | undefined)[]>> = {
  1: ['N'],
  2: ['N', 'L'],
  3: ['N', 'L', undefined],
  4: ['N', 'H', 'W', undefined],
  5: ['N', 'D', 'H', 'W', undefined],
}

export type Sizes = Readonly<Partial<Record<Letter, number>>>

/** The letter of an axis; undefined for channels, which are never open. */
export function letterOf(rank: number, axis: number): Letter | undefined {
  return LETTERS[rank]?.[axis]
}

/** Letters of the axes that some input leaves open, in the order N, L, D, H, W. */
export function openAxes(program: Program): Letter[] {
  const open = new Set<Letter>()
  for (const { name, shape } of program.inputs) {
    for (const [axis, size] of shape.entries()) {
      if (size !== null) continue
      const letter = letterOf(shape.length, axis)
      if (letter === undefined) {
        throw new Error(
          `axis ${axis} of the input '${name}' of ${shape.length} axes is open; channels come last, and have a size`,
        )
      }
      open.add(letter)
    }
  }
  return (['N', 'L', 'D', 'H', 'W'] as const).filter((letter) => open.has(letter))
}

/**
 * Every input's shape where open axes have `sizes`; sizes in `instead` also replace what the model states.
 * @throws where an open axis has no size
 */
export function shapesAt(program: Program, sizes: Sizes, instead: Sizes = {}): Shapes {
  return Object.fromEntries(
    program.inputs.map(({ name, shape }) => [
      name,
      shape.map((stated, axis) => {
        const letter = letterOf(shape.length, axis)
        const size = (letter && (instead[letter] ?? undefined)) ?? stated ?? (letter && sizes[letter])
        if (size === undefined)
          throw new Error(`axis ${axis} (${letter}) of the input '${name}' is open; give its size`)
        return size
      }),
    ]),
  )
}
