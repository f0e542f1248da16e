/** The hook to a PACS beside the service: its configuration checked at the start, then run with the service (annex.ts). */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { auditWriter } from '../security/audit.ts'
import type { Annex, AnnexCore, OpenAnnex } from '../service/annex.ts'
import type { Models } from '../service/served-models.ts'
import { channelOf } from './channel-of.ts'
import { createComputedWith, modelFaults } from './computed-with.ts'
import type { PacsConfig, PeerConfig } from './config.ts'
import { PACS_KIND, pacsHandler } from './deliver.ts'
import { PacsError } from './delivery-code.ts'
import { type Intake, startIntake } from './intake.ts'
import { openDestination } from './open-destination.ts'
import { openSource } from './open-source.ts'
import { openPeer } from './peer.ts'
import { readPacsConfig } from './read-config.ts'
import type { Source } from './source.ts'
import { STUDY_KIND, studyEndHandler } from './study-end.ts'
import { createSubmitStudy } from './submit-study.ts'
import { sweepPacs } from './sweep-pacs.ts'
import { type OpenSeam, openSeam } from './take-study.ts'
import { toldDeliveries } from './told-deliveries.ts'

export interface Pacs {
  readonly config: PacsConfig
  readonly sources: readonly Source[]
  /** Runs with the service, which closes the sources too. */
  readonly annex: OpenAnnex
}

export type OpenedPacs =
  | { readonly ok: true; readonly pacs: Pacs }
  | { readonly ok: false; readonly faults: readonly string[] }

/** DICOM studies of the largest kind. */
const MOST_INSTANCES = 20_000

/** @param path of the configuration. @returns every fault at once */
export async function openPacs(
  path: string,
  models: ReturnType<Models>,
  seam: OpenSeam = openSeam,
): Promise<OpenedPacs> {
  const read = await readPacsConfig(path)
  if (!read.ok) return read
  const { config } = read
  const peers = await Promise.all([...config.sources, ...config.destinations].map(peerFault))
  const faults = [...modelFaults(config, models), ...peers.flat()]
  if (faults.length > 0) return { ok: false, faults }
  const sources = await Promise.all(config.sources.map((each) => openSource(each)))
  const annex: OpenAnnex = (core) => openAnnex(config, sources, core, seam)
  return { ok: true, pacs: { config, sources, annex } }
}

/** What is wrong with the things that can be checked without asking the peer: files of its TLS, an address that may be called. */
async function peerFault(config: PeerConfig): Promise<readonly string[]> {
  try {
    const peer = await openPeer(config)
    peer.close()
    return []
  } catch (error) {
    if (error instanceof PacsError) return [`ONELABEL_PACS_CONFIG: ${error.message}`]
    throw error
  }
}

async function openAnnex(
  config: PacsConfig,
  sources: readonly Source[],
  core: AnnexCore,
  seam: OpenSeam,
): Promise<Annex> {
  const { rules, keepDays } = config
  const { store, blobs, models, metrics, log } = core
  const { effects, studies, audit } = store
  const destinations = await Promise.all(config.destinations.map((each) => openDestination(each, blobs)))
  const { takeStudy, objectsOf } = seam(core)
  const computedWith = createComputedWith(models)
  const passingDir = join(core.config.dataDir, 'studies')
  const limits = { parts: MOST_INSTANCES, partBytes: core.config.maxUploadBytes }
  const hasRoom = async () => (await store.counts()).queued < core.config.queueLength
  const submit = createSubmitStudy({ store, takeStudy, hasRoom, computedWith, passingDir, limits })
  const told = toldDeliveries({ audit, effects, writer: auditWriter(hostname()), metrics, log })
  let intake: Intake | undefined
  let stopSweep = () => {}

  return {
    handlers: {
      [PACS_KIND]: pacsHandler(destinations, told),
      [STUDY_KIND]: studyEndHandler({ store, rules, objectsOf, metrics }),
    },
    async outbox() {
      const names = new Set(destinations.map(({ name }) => name))
      // Names of earlier configurations would be time series for ever.
      return (await effects.countsByTarget(PACS_KIND)).map((each) => ({
        ...each,
        target: names.has(each.target) ? each.target : 'other',
      }))
    },
    begin() {
      stopSweep = sweepPacs({ studies, passingDir, keepDays, log })
      const onDecided = ({ state, reason }: { state: string; reason: string | null }) =>
        metrics.studyDecided(state, reason ?? 'none')
      intake = startIntake({ studies, sources, rules, channelOf, computedWith, submit, onDecided, log })
    },
    async drain(graceMs) {
      stopSweep()
      await intake?.drain(graceMs)
    },
    close() {
      for (const { close } of [...sources, ...destinations]) close()
    },
  }
}
