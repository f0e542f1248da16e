/** The Python service that we are measured against: peer.py of a folder, under uvicorn, with as many threads as we take. */
import { availableParallelism } from 'node:os'
import { freePort } from '../../test/fixtures/free-port.ts'
import type { Peer } from './find-peer.ts'
import { start } from './processes.ts'
import { isReady, post, type Side } from './side.ts'

/** What its header X-Times says, in its order. */
const STAGES = ['prepare', 'infer', 'finish']

/** Resolves when it is ready. */
export async function startTheirs({ folder, modelFolder, python }: Peer): Promise<Side> {
  const port = await freePort()
  const { PATH = '', HOME = '' } = process.env
  const env = {
    ...{ PATH, HOME, PYTHONDONTWRITEBYTECODE: '1' },
    ...{ PEER_MODEL: modelFolder, PEER_THREADS: String(availableParallelism()) },
  }
  const startedMs = performance.now()
  const args = ['-m', 'uvicorn', 'peer:app', '--host', '127.0.0.1', '--port', String(port), '--log-level', 'warning']
  const uvicorn = start(python, args, { cwd: folder, env })
  const base = `http://127.0.0.1:${port}`
  try {
    await uvicorn.until(() => isReady(base))
  } catch (error) {
    await uvicorn.end()
    throw error
  }
  let patches = 0
  return {
    pid: uvicorn.pid,
    startSeconds: (performance.now() - startedMs) / 1000,
    async send(scan) {
      const answer = await post(`${base}/segment`, scan, { 'Content-Type': 'application/octet-stream' })
      patches += Number(answer.header('x-patches'))
      return answer
    },
    async stages(answer) {
      const seconds = (answer.header('x-times') ?? '').split(' ').map(Number)
      return Object.fromEntries(STAGES.map((stage, n) => [stage, seconds[n] ?? Number.NaN]))
    },
    network: async () => ({ patches }),
    end: uvicorn.end,
  }
}
