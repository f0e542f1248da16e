/** One case of an evaluation for a terminal. */
import type { CaseResult } from '../evaluation/result.ts'

/** '3 of 12 wmh2017-utrecht-0 [t1, flair] white matter hyperintensity 0.712 (9.8 of 11.2 mL); 12.1 s' */
export function caseLine({ name, input, scores, seconds }: CaseResult, at: number, of: number): string {
  const parts = scores.map(({ label, dice, truthMl, foundMl }) => {
    return `${label} ${truthMl > 0 ? (dice ?? 0).toFixed(3) : 'none'} (${foundMl.toFixed(1)} of ${truthMl.toFixed(1)} mL)`
  })
  return `${at + 1} of ${of} ${name} [${input.join(', ')}] ${parts.join('; ')}; ${seconds.toFixed(1)} s`
}
