/** The service over HTTP: what service/service.ts does, listened for and answered. */
import type { Server } from 'node:http'
import type { ModelsChange } from '../compute/model-change.ts'
import type { Pacs } from '../pacs/open-pacs.ts'
import type { Tls } from '../security/tls.ts'
import { type ServiceDeps as CoreDeps, openService } from '../service/service.ts'
import type { Store } from '../store/store.ts'
import { createApp, OPENAPI } from './app.ts'
import type { OpenDoor } from './door.ts'
import { createHttpServer } from './server.ts'
import { readWebFiles, type WebFiles } from './web-files.ts'

export interface ServiceDeps extends Omit<CoreDeps, 'annex'> {
  /** See AppDeps. */
  readonly openDoor?: OpenDoor
  readonly tls?: Tls | null
  /** The hook to a PACS, where there is one. */
  readonly pacs?: Pacs | null
}

export interface Service {
  readonly server: Server
  readonly store: Store
  /** As ServedModels.reload(). */
  reload(): Promise<ModelsChange>
  /**
   * Not ready, no new work; the running job may finish within the grace, or is given back, and uploads under way may end;
   * then everything is closed.
   */
  drain(): Promise<void>
}

/** For answers under way when the last job has ended; whoever was still uploading had the whole grace. */
const CLOSE_MS = 3_000

let read: Promise<WebFiles> | undefined

/** Read once a process, by whichever of its services comes first. */
function page(): Promise<WebFiles> {
  read ??= readWebFiles(OPENAPI)
  return read
}

/** Rejects with the error of the file system where the data folder cannot be used. */
export async function createService(deps: ServiceDeps): Promise<Service> {
  const { config, log, openDoor, tls = null, pacs = null } = deps
  const isWorker = config.role === 'worker'
  // Meanwhile the rest is opened; whoever waits for it below hears of what goes wrong.
  const reading = isWorker ? Promise.resolve<WebFiles>(new Map()) : page()
  reading.catch(() => {})
  const service = await openService({ ...deps, annex: pacs?.annex })
  const { store, models } = service
  const app = createApp({
    ...config,
    ...service,
    pacs,
    models: models.now,
    reload: service.computes ? models.reload : null,
    log,
    isWorker,
    webFiles: await reading,
    ...(openDoor && { door: openDoor(store.sessions) }),
  })
  const server = createHttpServer(app, config.uploadTimeoutMs, tls)
  // A second service that was started by mistake fails to listen, and must not have taken a job.
  server.once('listening', service.begin)

  return {
    server,
    store,
    reload: models.reload,
    async drain() {
      await service.stopWork()
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      // A connection is idle once its last answer is read; clients would keep it open for the next one.
      const sweepIdle = setInterval(() => server.closeIdleConnections(), 50)
      const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
      await closed
      clearInterval(sweepIdle)
      clearTimeout(cut)
      await service.close()
    },
  }
}
