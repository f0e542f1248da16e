/** This service as a user runs it: `npm start`, production, every setting its default but the three below. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { argumentsOf, start, treeOf } from './processes.ts'
import { isReady, post, type Side } from './side.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** The longest that the service lets a caller wait by default; for large scans it has to be said. */
const HEADERS = { 'Content-Type': 'application/octet-stream', Prefer: 'wait=900' }

interface JobDocument {
  readonly report: { readonly timingsMs: Readonly<Record<string, number>> }
}

/** Resolves when it is ready. Of its processes all count but npm and its shell. */
export async function startOurs(): Promise<Side> {
  const folder = mkdtempSync(join(tmpdir(), 'onelabel-bench-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  const { PATH = '', HOME = '' } = process.env
  const env = {
    ...{ PATH, HOME, NODE_ENV: 'production' },
    // any port, a folder that goes; without the last the second request would be answered from memory
    ...{ ONELABEL_PORT: '0', ONELABEL_DATA_DIR: folder, ONELABEL_CACHE: '0' },
  }
  const startedMs = performance.now()
  const npm = start('npm', ['start'], { cwd: ROOT, env })
  const end = async () => {
    await npm.end()
    process.off('exit', remove)
    remove()
  }
  try {
    const port = await npm.until(() => /"port":(\d+)[^\n]*"msg":"listening"/.exec(npm.said())?.[1])
    const base = `http://127.0.0.1:${port}`
    await npm.until(() => isReady(base))
    const startSeconds = (performance.now() - startedMs) / 1000
    const pid = treeOf(npm.pid).find((one) => argumentsOf(one)[1] === 'src/main.ts')
    if (pid === undefined) throw new Error('npm start runs no src/main.ts')
    return {
      pid,
      startSeconds,
      send: (scan) => {
        const sequence = scan.isSynthetic ? '&sequence=as-sent' : ''
        return post(`${base}/v1/segmentations?channel=t1${sequence}`, scan, HEADERS)
      },
      async stages(answer) {
        const document = await fetch(`${base}${answer.header('location')}`)
        const { report } = (await document.json()) as JobDocument
        const { total: _all, ...stages } = report.timingsMs
        return Object.fromEntries(Object.entries(stages).map(([stage, ms]) => [stage, ms / 1000]))
      },
      async network() {
        const text = await (await fetch(`${base}/metrics`)).text()
        const of = (name: string) =>
          Number(new RegExp(`^onelabel_patch_duration_seconds_${name} (\\S+)$`, 'm').exec(text)?.[1])
        return { seconds: of('sum'), patches: of('count') }
      },
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}
