/**
 * FreeSurfer's label codes (FreeSurferColorLUT.txt) → classes: cortex and deep nuclei are grey, brain stem, ventral DC
 * and corpus callosum white, ventricles, choroid plexus and vessels CSF, hypointensities of the white matter lesion.
 * Optic chiasm and everything not listed is background.
 */
import { CSF, GREY, LESION, WHITE } from '../data/label-sets.ts'

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

const CODES: readonly (readonly [cls: number, codes: readonly number[]])[] = [
  [CSF, [4, 5, 14, 15, 24, 30, 31, 43, 44, 62, 63, 72]],
  [GREY, [3, 8, 10, 11, 12, 13, 17, 18, 26, 42, 47, 49, 50, 51, 52, 53, 54, 58]],
  // cortical parcels: Desikan-Killiany (1001-1035, 2001-2035), Destrieux 2009 (11101-11175, 12101-12175)
  [GREY, [...range(1000, 1035), ...range(2000, 2035), ...range(11100, 11175), ...range(12100, 12175)]],
  [WHITE, [2, 7, 16, 28, 41, 46, 60, ...range(251, 255)]],
  [LESION, [77, 78, 79]],
]

export const CLASS_OF_FREESURFER: ReadonlyMap<number, number> = new Map([
  [85, 0],
  ...CODES.flatMap(([cls, codes]) => codes.map((code) => [code, cls] as const)),
])
