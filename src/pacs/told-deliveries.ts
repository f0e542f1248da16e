/** What is told of deliveries: a line of the audit for each, and when the last one of a study has arrived its time. */
import type { AuditStore } from '../store/audit.ts'
import type { Transaction } from '../store/database.ts'
import type { Effect, EffectStore } from '../store/effect-store.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { recordOfDelivery } from './audit-study.ts'
import { type Deliveries, PACS_KIND, type Parcel } from './deliver.ts'

export interface ToldDeliveriesDeps {
  readonly audit: AuditStore
  readonly effects: Pick<EffectStore, 'ofJob'>
  /** The writer of this machine's chain of the audit. */
  readonly writer: string
  readonly metrics: Pick<Metrics, 'studyDelivered'>
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly nowMs?: () => number
}

/** They arrive within moments of each other. */
const MOST_REMEMBERED = 1000

export function toldDeliveries(deps: ToldDeliveriesDeps): Deliveries {
  const { audit, effects, writer, metrics, log, nowMs = Date.now } = deps

  /** Jobs whose last object to arrive was reported; where several arrived in one millisecond, each process does so once. */
  const toldJobs = new Set<string>()

  async function tellLast(effect: Effect): Promise<void> {
    const all = (await effects.ofJob(effect.jobId)).filter(({ kind }) => kind === PACS_KIND)
    const isThere = ({ state }: Effect) => state === 'sent' || state === 'verified'
    const lastAtMs = Math.max(...all.map(({ doneAtMs }) => doneAtMs ?? 0))
    const isLast = all.some(({ id, doneAtMs }) => id === effect.id && doneAtMs === lastAtMs)
    const { lastImageAtMs } = effect.body as Parcel
    if (!all.every(isThere) || !isLast || lastImageAtMs === undefined || toldJobs.has(effect.jobId)) return
    if (toldJobs.size >= MOST_REMEMBERED) toldJobs.clear()
    toldJobs.add(effect.jobId)
    metrics.studyDelivered(Math.max(0, lastAtMs - lastImageAtMs) / 1000)
  }

  const append = (tx: Transaction, effect: Effect, event: 'delivered' | 'given-up') =>
    audit.append(tx, writer, `audit_${event}_${effect.key}_${effect.tries}`, recordOfDelivery(effect, event, nowMs()))

  return {
    delivered(effect) {
      let auditHash = ''
      return {
        within: async (tx) => {
          auditHash = await append(tx, effect, 'delivered')
        },
        onDone() {
          // As of the lines of jobs: who can cut lines off the audit's end may not write there.
          log.info({ ...effect.names, jobId: effect.jobId, auditHash }, 'audited')
          tellLast(effect).catch((error: unknown) =>
            log.warn({ effectId: effect.id, err: error }, 'a time is not told'),
          )
        },
      }
    },
    givenUp: (effect) => async (tx) => void (await append(tx, effect, 'given-up')),
  }
}
