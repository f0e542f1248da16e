/** Changes the intensities of one channel of a patch in place, as scanners differ from each other. */
import type { Shape } from '../../../src/volume/volume.ts'
import type { Random } from '../../compile/random.ts'
import { blur } from '../../sources/synth/blur.ts'
import { NORMALS, NORMALS_LENGTH } from '../../sources/synth/normals.ts'
import type { AugmentSpec } from './spec.ts'

/** `image` [nx, ny, nz] x fastest, z-scores; `scratch` is as long. Returns the array that holds the result. */
export function augmentIntensity(
  image: Float32Array,
  scratch: Float32Array,
  shape: Shape,
  spec: AugmentSpec,
  random: Random,
): Float32Array {
  const sigma = random.uniform(0.2, Math.max(0.2, spec.blurVoxels))
  const out = random.chance(spec.blur) ? blur(image, scratch, shape, [sigma, sigma, sigma]) : image
  let [lo, hi] = [Infinity, -Infinity]
  for (const value of out) {
    if (value < lo) lo = value
    if (value > hi) hi = value
  }
  const range = hi > lo ? hi - lo : 1
  const gamma = Math.exp(random.normal() * spec.gamma)
  const gain = Math.exp(random.normal() * spec.gain)
  const shift = random.normal() * spec.shift
  const slope = [0, 1, 2].map(() => random.uniform(-spec.bias, spec.bias)) as [number, number, number]
  const noise = random.uniform(0, spec.noise)
  const curve = Float32Array.from({ length: CURVE_STEPS + 1 }, (_, s) => lo + range * (s / CURVE_STEPS) ** gamma)
  const toStep = CURVE_STEPS / range
  const [nx, ny, nz] = shape
  for (let k = 0, v = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const start = random.int(NORMALS_LENGTH)
      let field = gain * (1 + slope[1] * (j / ny - 0.5) + slope[2] * (k / nz - 0.5) - 0.5 * slope[0])
      const along = (gain * slope[0]) / nx
      for (let i = 0; i < nx; i++, v++, field += along) {
        // the bias multiplies intensity above the background, which stays dark
        const bright = curve[((out[v]! - lo) * toStep) | 0]! - lo
        out[v] = lo + shift + bright * field + noise * NORMALS[(start + i) & (NORMALS_LENGTH - 1)]!
      }
    }
  }
  return out
}

const CURVE_STEPS = 2048
