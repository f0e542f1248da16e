import type { Fault } from '../errors.ts'

/** A job whose worker was killed or lost so often is not tried again. */
export const MAX_KILLS = 2

export const POISON: Fault = {
  kind: 'poison',
  message: `the computation of this job was killed or lost ${MAX_KILLS} times; it is not tried again`,
}
