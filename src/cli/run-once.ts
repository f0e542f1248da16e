/** What commands that compute once have around the computation: its networks, a bar, a passing folder, Ctrl-C. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OnProgress } from '../inference/progress.ts'
import type { Model } from '../model/registry.ts'
import { studyScans } from '../service/study-scans.ts'
import type { EngineSettings } from './command.ts'
import { studyLimits } from './dicom-options.ts'
import { openNetworks } from './open-networks.ts'
import { progressBar } from './progress-bar.ts'

export interface Once {
  readonly networks: Awaited<ReturnType<typeof openNetworks>>
  /** Shows the bar, and ends between two patches after Ctrl-C. */
  readonly options: { readonly onProgress: OnProgress; readonly signal: AbortSignal }
  /** Before something else is printed. */
  readonly stopBar: () => void
  /** The scans of a study by their channels, in a passing folder. @param name of that folder */
  scansOfStudy(
    path: string,
    name: string,
    rules?: Parameters<typeof studyScans>[0]['rules'],
  ): Promise<Readonly<Record<string, string>>>
}

/** Whatever the end, no file of its own is left and the terminal is as it was; a second Ctrl-C ends at once. */
export async function runOnce<R>(model: Model, settings: EngineSettings, run: (once: Once) => Promise<R>): Promise<R> {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  const { signal } = interrupted
  const networks = await openNetworks(model, settings)
  const bar = progressBar()
  const dir = await mkdtemp(join(tmpdir(), 'onelabel-'))
  try {
    return await run({
      networks,
      options: { onProgress: bar.show, signal },
      stopBar: bar.stop,
      async scansOfStudy(path, name, rules) {
        const channels = model.card.channels.map((channel) => channel.name)
        const limits = studyLimits(settings.limits)
        const own = await mkdtemp(join(dir, `${name}-`))
        const packed = await studyScans({ paths: [path], channels, limits, dir: own, signal, ...(rules && { rules }) })
        return Object.fromEntries(Object.entries(packed).map(([channel, scan]) => [channel, scan.path]))
      },
    })
  } finally {
    bar.stop()
    await rm(dir, { recursive: true, force: true })
    await networks.close()
  }
}
