/** What a person is told of scans that do not lie on each other: what was seen, what it may mean, what to do. */
import { FaultError } from '../errors.ts'
import type { Warning } from '../warnings.ts'
import type { MotionLimits } from './find-motion.ts'
import type { Motion } from './rigid.ts'
import type { TurnedWay } from './ways.ts'

export interface ToldPair {
  readonly base: string
  readonly name: string
  /** Those of the two whose file states two affines that differ. */
  readonly doubted: readonly string[]
}

const WORD: Readonly<Record<string, string>> = { R: 'right', L: 'left', A: 'front', P: 'back', S: 'up', I: 'down' }

export function alignedWarning({ base, name, doubted }: ToldPair, motion: Motion): Warning {
  // said the way round in which a person sees it: what was done to the scan
  const [shift, turn] = [motion.slice(0, 3), motion.slice(3)].map((part) =>
    part.map((n) => (-n + 0).toFixed(1)).join(', '),
  )
  const seen = `by their headers ${base} and ${name} do not lie on each other: ${name} was laid on ${base}, moved by ${shift} mm and turned by ${turn}° (R, A, S)`
  const cause =
    doubted.length > 0
      ? twoAffines(doubted)
      : 'either the patient moved between the scans or a header is wrong: check that the labels lie right'
  return { code: 'scans-aligned', message: `${seen}; ${cause}` }
}

/** @param left the channel that was left out */
export function leftOutWarning(
  left: string,
  used: readonly string[],
  doubted: readonly string[],
  { mostMm, mostDegrees }: MotionLimits,
): Warning {
  const seen = `${left} was left out, the map is made of ${used.join(', ')} alone: it cannot be seen that the scans show one head, in one place or moved by up to ${mostMm} mm and ${mostDegrees}°`
  const mend =
    doubted.length > 0
      ? twoAffines(doubted)
      : 'check that they are of one patient, lay them on each other, and send both again'
  return { code: 'channel-left-out', message: `${seen}; ${mend}` }
}

export function mirroredFault(pair: ToldPair, way: TurnedWay): FaultError {
  return new FaultError(
    'scans-mirrored',
    `${pair.name} fits ${pair.base} only as its mirror image: ${wordsOf(pair, way)}; one of the two headers is wrong, and which cannot be seen from the scans: ${mendOf(pair)}`,
  )
}

/** @param way how one lies to the other; absent where nobody can say */
export function apartFault(pair: ToldPair, way?: TurnedWay): FaultError {
  const seen = way
    ? `${pair.name} fits ${pair.base} only when turned as no head turns: ${wordsOf(pair, way)}; one of the two headers is wrong`
    : `it cannot be seen that ${pair.base} and ${pair.name} show one head`
  return new FaultError('scans-apart', `${seen}: ${mendOf(pair)}`)
}

function wordsOf({ base, name }: ToldPair, { code }: TurnedWay): string {
  return `right, front and up of ${base} are ${[...code].map((letter) => WORD[letter]).join(', ')} in ${name}`
}

function mendOf({ doubted }: ToldPair): string {
  const alone = 'mend the wrong one, or send the scan that is known to be right alone'
  return doubted.length > 0 ? `${twoAffines(doubted)}; else ${alone}` : alone
}

function twoAffines(doubted: readonly string[]): string {
  const whose = doubted.length > 1 ? `headers of ${doubted.join(' and ')} state` : `header of ${doubted[0]} states`
  return `the ${whose} two affines, which is the likely cause: affine=qform takes the other`
}
