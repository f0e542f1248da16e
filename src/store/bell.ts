/** Wakes one sleeper. A ring that comes while nobody sleeps is remembered, so that none is missed between two looks. */

export interface Bell {
  ring(): void
  /** Resolves at the next ring, at once if one was missed, or after that time. */
  waitFor(ms: number): Promise<void>
}

export function createBell(): Bell {
  let isRung = false
  let wake = () => {}
  return {
    ring() {
      isRung = true
      wake()
    },
    async waitFor(ms) {
      if (!isRung) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        const timer = setTimeout(resolve, ms)
        await promise
        clearTimeout(timer)
      }
      isRung = false
    },
  }
}
