/** Which channel a file or a series may be, by its name. It is only proposed: a person sees the name and decides. */

/** Contrast agent, derived maps and masks are no plain T1 or FLAIR, whatever else the name says. */
const NEITHER = /t1c|t1ce|t1gd|gad|contrast|(^|[^a-z])(ce|gd|post)([^a-z]|$)|mask|label|seg|localizer|scout/i
const PATTERNS: Readonly<Record<string, RegExp>> = {
  flair: /flair|dark.?fluid|tirm|(^|[^a-z])(fl)([^a-z]|$)/i,
  t1: /t1|mp2?rage|(^|[^a-z])(spgr|bravo|tfl|tfe|fspgr|ir-?fspgr)([^a-z]|$)/i,
}

/**
 * The channel that the name says first: of "FLAIR_regtoT1" and "T1_N4_regtoFLAIR" the rest is what it was laid on.
 * @param channels names that the model has @returns null where the name says nothing
 */
export function proposeChannel(name: string, channels: readonly string[]): string | null {
  if (NEITHER.test(name)) return null
  const found = channels
    .map((channel) => ({ channel, at: PATTERNS[channel] === undefined ? -1 : name.search(PATTERNS[channel]) }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at)
  return found[0]?.channel ?? null
}
