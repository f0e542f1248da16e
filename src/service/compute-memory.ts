/** What the compute processes hold, for the metrics. */
import type { ComputeStatus } from '../compute/supervisor.ts'
import { residentBytes } from '../telemetry/child-memory.ts'
import type { ChildMemory } from '../telemetry/gauges.ts'
import { gpuMemoryUsedBytes } from '../telemetry/gpu-memory.ts'

/** The memory of all `pids` together: two while the models change. The GPU is asked only where it computes. */
export async function computeMemory(pids: readonly number[], status: ComputeStatus | undefined): Promise<ChildMemory> {
  const isOnGpu = status?.state === 'ready' && status.device === 'cuda'
  const [gpuBytes, ...sizes] = await Promise.all([
    isOnGpu ? gpuMemoryUsedBytes() : undefined,
    ...pids.map(residentBytes),
  ])
  const known = sizes.filter((bytes) => bytes !== undefined)
  return {
    ...(known.length > 0 && { rssBytes: known.reduce((sum, bytes) => sum + bytes, 0) }),
    ...(gpuBytes !== undefined && { gpuBytes }),
  }
}
