/** Who listens in this process, by topic. */
import type { Database, Topic } from './database.ts'

export interface Told {
  readonly topic: Topic
  readonly jobId: string
}

export interface Ears extends Pick<Database, 'onTold'> {
  tell(told: Told): void
}

export function createEars(): Ears {
  const listeners: Readonly<Record<Topic, Set<(jobId: string) => void>>> = {
    job: new Set(),
    work: new Set(),
    effect: new Set(),
    study: new Set(),
  }
  return {
    onTold(topic, listener) {
      listeners[topic].add(listener)
      return () => void listeners[topic].delete(listener)
    },
    tell({ topic, jobId }) {
      for (const listener of listeners[topic]) listener(jobId)
    },
  }
}

/** What a transaction told, each once, in the order of the first. */
export function tellings(): {
  readonly all: () => readonly Told[]
  readonly tell: (topic: Topic, jobId: string) => void
} {
  const told = new Map<string, Told>()
  return {
    all: () => [...told.values()],
    tell: (topic, jobId) => void told.set(`${topic} ${jobId}`, { topic, jobId }),
  }
}
