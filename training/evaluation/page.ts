/** The page of a model's evaluation, and its card's scores: written from the results that lie on the disk. */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { cardSchema } from '../../src/model/card.ts'
import type { Model } from '../../src/model/registry.ts'
import { cardScores } from './card-scores.ts'
import type { EvaluationList } from './list.ts'
import { evaluationSection, type Picture, withSection } from './markdown.ts'
import { type CaseResult, casesOf } from './result.ts'
import type { Folders, KeptResults } from './run-cases.ts'
import { worstAndMedian } from './summary.ts'

/**
 * Writes the tables into the page between its two markers, and pictures of the worst and the median case of each group beside
 * the results. Faces can be recognised in whole heads: of subjects of class B no picture is published.
 *
 * @param command that makes it
 */
export async function writePage(
  page: string,
  { card }: Model,
  list: EvaluationList,
  { results, pictures }: KeptResults,
  folders: Folders,
  command: string,
): Promise<void> {
  await mkdir(dirname(page), { recursive: true })
  const shown: Picture[] = []
  for (const { which, result } of worstAndMedian(results.filter(isShown))) {
    const file = pictures.get(result)
    if (file === undefined) continue
    const [drawn, published] = [join(folders.pictures, file), join(folders.cases, file)]
    if (existsSync(drawn)) await copyFile(drawn, published)
    shown.push({ which, result, file: `${basename(folders.cases)}/${file}` })
  }
  const asked = list.subjects.flatMap((subject) =>
    casesOf(subject, false).map(({ input }) => ({ group: subject.group, input })),
  )
  const section = evaluationSection({ command, results, asked, goals: list.goals, pictures: shown })
  const before = existsSync(page)
    ? await readFile(page, 'utf8')
    : `# ${card.id}: ${card.title}\n\n${card.intendedUse}\n`
  await writeFile(page, withSection(before, section))
}

const isShown = ({ licenceClass, flipAverage }: CaseResult): boolean => licenceClass === 'A' && !flipAverage

/** Writes the scores of the cases into the model's card. */
export async function writeCardScores(
  { folder, card }: Model,
  results: readonly CaseResult[],
  command: string,
): Promise<void> {
  const scored = cardSchema.parse({ ...card, evaluation: { command, subjects: cardScores(results) } })
  await writeFile(join(folder, 'card.json'), `${JSON.stringify(scored, null, 2)}\n`)
}
