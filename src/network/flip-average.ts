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

/** to = from with its rows [W, values] in reverse; the values of a voxel stay in order. */
function copyMirrored(from: Float32Array, to: Float32Array, [d, h, w]: PatchShape): void {
  const values = from.length / (d * h * w)
  for (let row = 0; row < d * h; row++) {
    for (let x = 0; x < w; x++) {
      const at = (row * w + x) * values
      const other = (row * w + (w - 1 - x)) * values
      for (let v = 0; v < values; v++) to[at + v] = from[other + v]!
    }
  }
}

/** to = (to + mirror(from)) / 2 */
function addMirrored(from: Float32Array, to: Float32Array, [d, h, w]: PatchShape): void {
  const values = from.length / (d * h * w)
  for (let row = 0; row < d * h; row++) {
    for (let x = 0; x < w; x++) {
      const at = (row * w + x) * values
      const other = (row * w + (w - 1 - x)) * values
      for (let v = 0; v < values; v++) to[at + v] = (to[at + v]! + from[other + v]!) / 2
    }
  }
}
