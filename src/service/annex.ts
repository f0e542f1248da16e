/** What stands above the service and runs with it (src/pacs): effects of its own kinds, and work of its own. */
import type { Config } from '../config.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Store } from '../store/store.ts'
import type { OutboxNumbers } from '../telemetry/gauges.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Handler } from './dispatcher.ts'
import type { Models } from './served-models.ts'
import type { SubmitScans } from './submit.ts'

/** What of the service it may use. */
export interface AnnexCore {
  readonly config: Config
  readonly store: Store
  readonly blobs: Blobs
  readonly models: Models
  readonly submitScans: SubmitScans
  readonly metrics: Metrics
  readonly log: Log
}

export interface Annex {
  /** Kind of effect → who does it. */
  readonly handlers: Readonly<Record<string, Handler>>
  /** What goes out and is not there yet. */
  readonly outbox: () => Promise<readonly OutboxNumbers[]>
  /** Not before it is known that this process serves, as Service.begin(). */
  begin(): void
  /** No new work; what is under way may end within the grace. */
  drain(graceMs: number): Promise<void>
  /** After the last effect. */
  close(): void
}

export type OpenAnnex = (core: AnnexCore) => Promise<Annex>
