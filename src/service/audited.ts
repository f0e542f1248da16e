/** Whether the audit keeps up with the ends of jobs, for the metrics. */
import type { EffectStore } from '../store/effect-store.ts'

/** Lines are written within moments of their end. */
const MOST_BEHIND_MS = 5 * 60_000

/** Not when a line was given up, or waits for so long. Rejects where the store does not answer. */
export async function isAudited(effects: Pick<EffectStore, 'counts'>): Promise<boolean> {
  const open = (await effects.counts()).filter(({ kind }) => kind === 'audit')
  return !open.some(({ state, oldestMs }) => state === 'dead' || oldestMs > MOST_BEHIND_MS)
}
