/**
 * The 48 ways in which axes can be exchanged and turned round, as wrong headers do: 24 of them turn a head, the others
 * make its mirror image.
 */
import { applyAffine, determinant, type Vector } from '../volume/affine.ts'
import { orientationCode } from '../volume/orientation.ts'
import type { Affine } from '../volume/volume.ts'
import type { Way } from './find-motion.ts'

export interface TurnedWay extends Way {
  /** Where right, front and up of the first head lie in the second, such as LAS: left and right are exchanged. */
  readonly code: string
  readonly isMirrored: boolean
}

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const
const SIGNS = [1, -1]

/** All of them but the one that changes nothing, from one centre to another. */
export function turnedWays(from: Vector, to: Vector): TurnedWay[] {
  return ORDERS.flatMap((order) =>
    SIGNS.flatMap((x) =>
      SIGNS.flatMap((y) =>
        SIGNS.map((z) => wayOf([signed(order[0], x), signed(order[1], y), signed(order[2], z)], from, to)),
      ),
    ),
  ).filter(({ code }) => code !== 'RAS')
}

/** Left and right exchanged, in place. */
export function leftRight(centre: Vector): TurnedWay {
  return wayOf([signed(0, -1), signed(1, 1), signed(2, 1)], centre, centre)
}

function signed(axis: number, sign: number): Vector {
  return [0, 0, 0].with(axis, sign) as unknown as Vector
}

/** @param rows of the matrix of the world */
function wayOf(rows: readonly Vector[], from: Vector, to: Vector): TurnedWay {
  const turn: Affine = [...rows.flatMap((row) => [...row, 0]), 0, 0, 0, 1]
  const [x, y, z] = applyAffine(turn, ...from)
  const affine = turn
    .with(3, to[0] - x)
    .with(7, to[1] - y)
    .with(11, to[2] - z)
  return { affine, centre: to, code: orientationCode(affine), isMirrored: determinant(affine) < 0 }
}
