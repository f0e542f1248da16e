/**
 * GPU memory in use, from NVIDIA's own tool: onnxruntime does not tell. Of the whole GPU, not of one process: within a
 * container the tool sees no processes, and one compute process has a GPU to itself.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const MIB = 2 ** 20
const ARGUMENTS = ['--query-gpu=memory.used', '--format=csv,noheader,nounits']
const TIMEOUT_MS = 1_500

/**
 * @param command another than nvidia-smi, for tests
 * @returns bytes of all GPUs that can be seen; undefined where there is no such tool or it does not answer with numbers
 */
export async function gpuMemoryUsedBytes(command = 'nvidia-smi'): Promise<number | undefined> {
  const told = await promisify(execFile)(command, ARGUMENTS, { timeout: TIMEOUT_MS }).catch(() => null)
  const mebibytes = told?.stdout.trim().split('\n').map(Number) ?? []
  return mebibytes.length > 0 && mebibytes.every((n) => n > 0 || n === 0)
    ? mebibytes.reduce((sum, n) => sum + n, 0) * MIB
    : undefined
}
