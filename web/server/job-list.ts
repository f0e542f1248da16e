/**
 * Your jobs, as this page knows them. The list is asked for again every few seconds while something in it is unfinished, or when
 * the tab is looked at again; the one that runs is listened to. Browsers open six connections to one service at a time, for all
 * tabs together: there is one stream a tab and no more.
 */
import { isEnded, type Job, listJobs, watchJob } from './jobs.ts'
import { type Problem, wordsOf } from './request.ts'

const AGAIN_MS = 4000

let jobs: readonly Job[] = []
let problem: Problem | null = null
let isKnown = false
let watched: { readonly id: string; readonly stop: () => void } | null = null
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

export interface JobList {
  readonly jobs: readonly Job[]
  /** Whether the service has been asked. */
  readonly isKnown: boolean
  /** Why the list is not known, or not known to be of now. */
  readonly problem: Problem | null
}

export const jobList = (): JobList => ({ jobs, isKnown, problem })

/** @returns what stops it */
export function onJobs(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Asks the service; resolves when the list is of now. */
export async function refreshJobs(): Promise<void> {
  clearTimeout(timer)
  try {
    jobs = await listJobs()
    problem = null
  } catch (error) {
    problem = wordsOf(error)
  }
  isKnown = true
  watchRunning()
  tell()
  clearTimeout(timer)
  if (jobs.some((job) => !isEnded(job)) && document.visibilityState === 'visible') {
    timer = setTimeout(() => void refreshJobs(), AGAIN_MS)
  }
}

/** Puts one in that has just been made, or takes the place of what was known of it. */
export function knowJob(job: Job): void {
  const isNew = jobs.every(({ id }) => id !== job.id)
  jobs = isNew ? [job, ...jobs] : jobs.map((known) => (known.id === job.id ? job : known))
  tell()
}

function watchRunning(): void {
  const running = jobs.find(({ state }) => state === 'running') ?? jobs.findLast(({ state }) => state === 'queued')
  if (running?.id === watched?.id) return
  watched?.stop()
  watched = null
  if (running === undefined) return
  const stop = watchJob(running.id, (event) => {
    const { id, state, stage, done, total, secondsLeft } = event
    if (isEnded(event)) void refreshJobs()
    const known = jobs.find((job) => job.id === id)
    if (known === undefined || isEnded(event)) return
    const queuePlace = state === 'queued' ? known.queuePlace : null
    knowJob({ ...known, state, progress: { stage, done, total }, secondsLeft, queuePlace })
  })
  watched = { id: running.id, stop }
}

function tell(): void {
  for (const listener of listeners) listener()
}

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void refreshJobs()
})
