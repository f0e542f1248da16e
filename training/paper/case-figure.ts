/** The first test subject of a scenario as each method of one seed labels it, from the cases on disk. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { phantomSubject, type ScenarioName } from '../sources/phantom-set.ts'
import { jointTruth, labelsFile } from './case.ts'
import { type FigureRow, writeFigure } from './figure.ts'
import { jointClasses, labelsOf } from './methods.ts'
import { METHODS } from './result.ts'

/**
 * Writes `<scenario>.png` into `folder`: the FLAIR slice with the most lesion, its truth, then the methods whose case is
 * there, those of the modality dropout left out. Gives the Markdown that shows it, or undefined where no method of that seed has been run.
 */
export async function writeCaseFigure(
  folder: string,
  scenario: ScenarioName,
  seed: number,
  { dataDir, runsDir }: { readonly dataDir: string; readonly runsDir: string },
): Promise<string | undefined> {
  const found = METHODS.filter((method) => !method.startsWith('dropout'))
    .map((title) => ({ title, path: labelsFile(runsDir, scenario, title, seed) }))
    .filter(({ path }) => existsSync(path))
  if (found.length === 0) return undefined
  const joint = jointClasses(scenario)
  const { scans, truth } = await phantomSubject(dataDir, scenario, 'test', 0)
  const rows: FigureRow[] = [{ title: 'truth', labels: jointTruth(truth, joint) }]
  for (const { title, path } of found) {
    rows.push({ title, labels: { ...truth, data: new Uint8Array(await readFile(path)) } })
  }
  const caption = await writeFigure(join(folder, `${scenario}.png`), rows, scans.get('flair')!, labelsOf(joint))
  return `![One test subject, seed ${seed}](${scenario}.png)\n\n${caption} First test subject, FLAIR, seed ${seed}.`
}
