/**
 * Flip averaging: the network sees each patch twice, as it is and mirrored left to right, and its logits are averaged.
 * A brain is nearly its own mirror image, a network's errors are not. It costs one more run of the network a patch.
 */
import type { Engine } from './engine.ts'

/** Logits (f(x) + mirror(f(mirror(x)))) / 2 of `engine` f. Every call fills the same array. */
export function flipAverage(engine: Engine): Engine {
  let mirrored = new Float32Array(0)
  let mean = new Float32Array(0)
  return async (input, shape) => {
    if (mirrored.length !== input.length) mirrored = new Float32Array(input.length)
    copyMirrored(input, mirrored, shape)
    const plain = await engine(input, shape)
    if (mean.length !== plain.length) mean = new Float32Array(plain.length)
    // An engine may fill one array again and again: what it said first is taken over before it runs again.
    mean.set(plain)
    addMirrored(await engine(mirrored, shape), mean, shape)
    return mean
  }
}

type PatchShape = Parameters<Engine>[1]

/** to = from [values, D, H, W] with its rows in reverse. */
function copyMirrored(from: Float32Array, to: Float32Array, [, , w]: PatchShape): void {
  for (let row = 0; row < from.length; row += w) {
    for (let x = 0; x < w; x++) to[row + x] = from[row + w - 1 - x]!
  }
}

/** to = (to + mirror(from)) / 2 */
function addMirrored(from: Float32Array, to: Float32Array, [, , w]: PatchShape): void {
  for (let row = 0; row < from.length; row += w) {
    for (let x = 0; x < w; x++) to[row + x] = (to[row + x]! + from[row + w - 1 - x]!) / 2
  }
}
