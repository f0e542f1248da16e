/** The page of a model's evaluation, and its card's scores: written from the results that lie on the disk. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { cardSchema } from '../../src/model/card.ts'
import type { Model } from '../../src/model/registry.ts'
import { cardScores } from './card-scores.ts'
import type { EvaluationList } from './list.ts'
import { evaluationSection, type Picture, withSection } from './markdown.ts'
import { type CaseResult, casesOf } from './result.ts'
import type { Folders, KeptResults } from './run-cases.ts'
import { smallPicture } from './small-picture.ts'
import { bestAndWorst, firstOfEach } from './summary.ts'

/** What a picture of a page may take: the repository holds two for each model. */
const PICTURE_BYTES = 150_000

/**
 * Writes the tables into the page between its two markers, and pictures of the best and the worst case beside the results. Faces
 * can be recognised in whole heads: of subjects of class B no picture is published.
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
  for (const { which, result } of bestAndWorst(firstOfEach(results.filter(isShown)))) {
    const name = pictures.get(result)
    if (name === undefined) continue
    const drawn = join(folders.pictures, name)
    if (existsSync(drawn))
      await writeFile(join(folders.results, name), smallPicture(await readFile(drawn), PICTURE_BYTES))
    shown.push({ which, result, file: `${basename(folders.results)}/${name}` })
  }
  await removeOthers(folders, shown)
  const asked = list.subjects.flatMap((subject) =>
    casesOf(subject, false).map(({ input }) => ({ group: subject.group, input })),
  )
  const section = evaluationSection({ command, results, asked, goals: list.goals, pictures: shown })
  const before = existsSync(page)
    ? await readFile(page, 'utf8')
    : `# ${card.id}: ${card.title}\n\n${card.intendedUse}\n`
  await writeFile(page, withSection(before, section))
}

/** Pictures that the page showed before. */
async function removeOthers(folders: Folders, shown: readonly Picture[]): Promise<void> {
  if (resolve(folders.results) === resolve(folders.pictures) || !existsSync(folders.results)) return
  const kept = shown.map(({ file }) => basename(file))
  for (const name of await readdir(folders.results))
    if (name.endsWith('.png') && !kept.includes(name)) await rm(join(folders.results, name))
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
