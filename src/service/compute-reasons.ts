/** Why no work can be done where it is computed, in words for /readyz. */
import type { ComputeStatus } from '../compute/supervisor.ts'
import type { LeftOut } from '../model/registry.ts'

/** Why what computes is not ready; with models left out it works all the same, for those that are good. */
export function computeReasons(compute: ComputeStatus): readonly string[] {
  switch (compute.state) {
    case 'ready':
      return leftOutReasons(compute.leftOut ?? [])
    case 'starting':
      return ['the models are being loaded and held to their golden cases']
    case 'restarting':
      return [`the compute process is being started again: ${compute.reason}`]
    case 'failed':
      return [`the compute process cannot serve: ${compute.reason}`]
    case 'stopped':
      return ['the compute process was stopped']
  }
}

/** One for each model that cannot serve. */
export function leftOutReasons(leftOut: readonly LeftOut[]): readonly string[] {
  return leftOut.map(({ id, reason }) => `model ${id} is left out: ${reason}`)
}
