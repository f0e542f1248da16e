/** What fades into white matter, here more, there less: lesions and oedema a little, a haze all the way. */
import type { Shape } from '../../../src/volume/volume.ts'
import type { Random } from '../../compile/random.ts'
import { groupIndex } from './groups.ts'
import { smoothField } from './smooth-field.ts'

const WHITE = groupIndex('white matter')
const LESION = groupIndex('lesion')
const HAZE = groupIndex('haze')
const OEDEMA = groupIndex('oedema')
const LATTICE_MM = 16

export interface Fades {
  /** Moves the levels of a row towards that of white matter, in place; `mean` as of a contrast. */
  row(j: number, k: number, groups: Uint8Array, mean: Float32Array, levels: Float32Array): void
}

/** @param lesions, oedema the share of its contrast to white matter that the faintest of it loses */
export function openFades(shape: Shape, lesions: number, oedema: number, random: Random): Fades {
  const most = new Map([
    [LESION, lesions],
    [HAZE, 1],
    [OEDEMA, oedema],
  ])
  const fading = [...most.keys()]
  const field = smoothField(shape, LATTICE_MM, 1, random)
  const line = new Float32Array(shape[0])
  return {
    row(j, k, groups, mean, levels) {
      if (!fading.some((group) => groups.includes(group))) return
      field.row(j, k, line)
      for (let i = 0; i < line.length; i++) {
        const group = groups[i]!
        const share = most.get(group)
        if (share !== undefined)
          levels[i] = mean[group]! - share * Math.min(1, Math.abs(line[i]!)) * (mean[group]! - mean[WHITE]!)
      }
    },
  }
}
