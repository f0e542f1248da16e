/**
 * An engine runs the network on one patch. The service passes onnxruntime (ort.ts), training passes its own,
 * tests pass arithmetic: segment() is the same code for all of them.
 *
 * input  [C, D, H, W]  a channel after the other; z, y, x of the model grid (S, A, R)
 * output [K, D, H, W]  logits, a label after the other; to be read before the engine is asked again: then that array is gone or filled anew
 */
export type Engine = (input: Float32Array, shape: readonly [d: number, h: number, w: number]) => Promise<Float32Array>
