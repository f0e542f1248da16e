/** Starts the service: the only reader of process.env; wires, listens, says one ready line, drains when told to stop. */
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createDoor } from './api/door.ts'
import { createService } from './api/service.ts'
import { writeCompiled } from './compute/compiled.ts'
import { startSupervisor } from './compute/supervisor.ts'
import { readConfig } from './config.ts'
import { FaultError } from './errors.ts'
import { readModels, sortOut } from './model/registry.ts'
import { openPacs } from './pacs/open-pacs.ts'
import { openSecurity } from './security/start.ts'
import { createLog } from './telemetry/log.ts'
import { openTracing } from './telemetry/open-tracing.ts'

/** The child says it lives once a second; a patch of the largest models takes seconds on a CPU. */
const HEARTBEAT_MS = 1_000
const SILENCE_MS = 120_000
/** Loading, warming up and the golden cases, on a slow CPU. */
const START_MS = 600_000
/** The least time that a cancelled computation gets to end its patch; three times its slowest patch, if that is more. */
const CANCEL_GRACE_MS = 2_000

/** Resolves when the service was told to listen; ends the process with 1 on settings, models or a folder that cannot be used. */
export async function main(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const read = readConfig(environment)
  if (!read.ok) {
    process.stderr.write(`${read.faults.join('\n')}\n`)
    process.exit(1)
  }
  const { config } = read
  const log = createLog(config.logLevel)
  const sorter = sortOut()
  const models = await readModels(config.modelsDir, sorter.sort)
    .then((found) => {
      sorter.requireOne(found.length)
      return found
    })
    .catch((error: unknown) => {
      if (!(error instanceof FaultError)) throw error
      process.stderr.write(`ONELABEL_MODELS_DIR: ${error.message}\n`)
      process.exit(1)
    })
  const opened = await openSecurity(config, log)
  if (!opened.ok) {
    process.stderr.write(`${opened.faults.join('\n')}\n`)
    process.exit(1)
  }
  const { access, tls, webhooks } = opened.security
  // A worker reaches the store and the blobs alone.
  const { pacsConfig, role } = config
  const openedPacs = pacsConfig === null || role === 'worker' ? null : await openPacs(pacsConfig, models)
  if (openedPacs?.ok === false) {
    process.stderr.write(`${openedPacs.faults.join('\n')}\n`)
    process.exit(1)
  }
  const tracing = await openTracing(environment).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  })
  const service = await createService({
    config,
    models,
    leftOut: sorter.leftOut(),
    log,
    openDoor: createDoor(access, config, log),
    tls,
    webhooks,
    pacs: openedPacs === null ? null : openedPacs.pacs,
    notReadyBecause: () => [access.staleBecause()].filter((reason) => reason !== null),
    tracing,
    startCompute: (onEvent) =>
      startSupervisor({
        modelsDir: config.modelsDir,
        modelSetsDir: join(config.dataDir, 'models'),
        modelMemoryBytes: config.modelMemoryBytes,
        device: config.device,
        threads: config.threads,
        limits: {
          maxFileBytes: config.maxUploadBytes,
          maxInflatedBytes: config.maxInflatedBytes,
          maxVoxels: config.maxVoxels,
        },
        heartbeatMs: HEARTBEAT_MS,
        timeouts: {
          jobMs: config.jobTimeoutMs,
          silenceMs: SILENCE_MS,
          graceMs: CANCEL_GRACE_MS,
          startMs: START_MS,
        },
        log,
        onEvent,
      }),
  }).catch((error: NodeJS.ErrnoException) => {
    if (!(error instanceof FaultError) && error.code === undefined) throw error
    process.stderr.write(
      error instanceof FaultError
        ? `jobs, scans and results cannot be kept: ${error.message}\n`
        : `ONELABEL_DATA_DIR: cannot be used (${error.code}), found "${config.dataDir}"\n`,
    )
    process.exit(1)
  })

  service.server.listen(config.port, config.host, () => {
    const { address, port } = service.server.address() as AddressInfo
    log.info({ address, port }, 'listening')
    writeCompiled()
  })
  service.server.on('error', (error) => {
    log.fatal({ err: error, host: config.host, port: config.port }, 'cannot listen')
    process.exit(1)
  })

  // A terminal that is closed sends it too, and then means the end.
  if (!process.stdout.isTTY) {
    process.on('SIGHUP', () => {
      service.reload().catch((error: unknown) => log.error({ err: error }, 'models are not reloaded'))
    })
  }

  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, async () => {
      if (stopping) process.exit(130)
      stopping = true
      log.info({ signal }, 'draining')
      await service.drain()
      access.close()
      tls?.close()
      log.info('stopped')
      process.exit(0)
    })
  }
}

if (import.meta.main) await main(process.env)
