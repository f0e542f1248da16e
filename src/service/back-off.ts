/** When an effect that failed is tried again: soon at first, then every few minutes for about a day, then no more. */

const FIRST_MS = 1_000
const MOST_MS = 15 * 60_000
/** With waits of three quarters of the longest, these fill a day: ten tries in 13 minutes, then one in 11 minutes. */
export const MOST_TRIES = 136

/**
 * Between half of the wait and all of it, by chance, so that what failed together does not come back together:
 * 0.5 to 1 s after the first try, 1 to 2 s after the second, 7.5 to 15 minutes from the eleventh on.
 * @param tries that have failed, from 1
 * @param random from 0 to 1
 * @param leastMs what the other side asked for
 * @returns null when it was the last try
 */
export function nextTryMs(tries: number, random: number, leastMs = 0): number | null {
  if (tries >= MOST_TRIES) return null
  const longestMs = Math.min(FIRST_MS * 2 ** (tries - 1), MOST_MS)
  return Math.max(Math.round(longestMs * (0.5 + random / 2)), leastMs)
}
