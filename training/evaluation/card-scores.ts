/** The scores that a card carries: of every subject the first case, what the service is given where it has everything. */
import type { Card } from '../../src/model/card.ts'
import type { CaseResult } from './result.ts'
import { firstOfEach } from './summary.ts'

type CardScores = Card['evaluation']['subjects'][number]

/** Dice rounded to three digits; a label that the truth does not have is null. Mirrored cases are left out. */
export function cardScores(results: readonly CaseResult[]): CardScores[] {
  return firstOfEach(results).map(({ name, input, note, sha256, scores }) => ({
    name,
    sha256: Object.entries(sha256)
      .map(([file, hash]) => `${file} ${hash}`)
      .join(', '),
    note: `${input.join(' + ')}; ${note}`,
    dice: Object.fromEntries(
      scores.map(({ label, dice }) => [label, dice === null ? null : Number(dice.toFixed(3))] as const),
    ),
  }))
}
