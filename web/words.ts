/** Numbers, times and states in words. A volume is shown with the digits that the service gave it, so that all outputs agree. */
import type { Stage } from '../src/inference/progress.ts'
import type { Job, State } from './server/jobs.ts'

export const NOT_ASSESSABLE = 'not assessable'

/** What cannot be known is said so, and is never 0. */
export const millilitres = (volumeMl: number | null): string => (volumeMl === null ? NOT_ASSESSABLE : String(volumeMl))

/** Share of a whole, for instance 3.4 %; null where either is not known. */
export function percent(part: number | null, whole: number | null): string | null {
  if (part === null || whole === null || whole === 0) return null
  const share = (100 * part) / whole
  return share > 0 && share < 0.1 ? '< 0.1 %' : `${share.toFixed(1)} %`
}

/** 0.87 → 87 %. */
export const sureness = (probability: number | null | undefined): string =>
  probability === null || probability === undefined ? '–' : `${Math.round(100 * probability)} %`

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** In the reader's own time and language. */
export function when(iso: string): string {
  const time = new Date(iso)
  const isToday = time.toDateString() === new Date().toDateString()
  const clock = time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
  return isToday ? `today ${clock}` : `${time.toLocaleDateString()} ${clock}`
}

const STATES: Readonly<Record<State, string>> = {
  ...{ queued: 'Waiting', running: 'Running', succeeded: 'Done', failed: 'Failed', cancelled: 'Cancelled' },
}
export const stateWord = (state: State): string => STATES[state]

const STAGES: Readonly<Record<Stage, string>> = {
  decode: 'reading the scans',
  preprocess: 'bringing them onto the grid of the model',
  infer: 'finding tissue and lesions',
  postprocess: 'cleaning up and measuring',
  encode: 'writing the map',
}

/** How far it is, in one line. */
export function progressLine({
  state,
  queuePlace,
  progress,
  secondsLeft,
}: Pick<Job, 'state' | 'queuePlace' | 'progress' | 'secondsLeft'>): string {
  if (state === 'queued') return queuePlace === null ? 'Waiting' : `Waiting, place ${queuePlace} in the queue`
  if (state !== 'running') return stateWord(state)
  const { stage, done, total } = progress
  const part = stage === 'infer' ? `, part ${Math.min(done + 1, total)} of ${total}` : ''
  const left = secondsLeft === null ? '' : `, about ${duration(secondsLeft)} left`
  return `Running: ${STAGES[stage]}${part}${left}`
}

export const jobTitle = ({ name, created }: Pick<Job, 'name' | 'created'>): string => name ?? `Scan of ${when(created)}`

/** "1 lesion", "3 lesions". */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`
