/** Studies of one date or both → the scans of that date by their channels, as studyScans() does of one. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FaultError } from '../errors.ts'
import { DATES } from '../inference/dates.ts'
import { byDate, datedName, STUDY } from './dated-scans.ts'
import type { ReceivedScan } from './identify.ts'
import type { StudyInput, StudyScans } from './study-scans.ts'

type Named = Readonly<Record<string, ReceivedScan>>

/**
 * @param dir for the archives
 * @throws FaultError malformed-request where a date has a study and scans beside it; those of studyScans()
 */
export async function datedStudies(
  named: Named,
  { channels, dir }: Pick<StudyInput, 'channels' | 'dir'>,
  scansOfStudy: (study: Pick<StudyInput, 'paths' | 'channels' | 'dir'>) => Promise<StudyScans>,
): Promise<Named> {
  const dated = byDate(named)
  const scans: Record<string, ReceivedScan> = {}
  for (const date of DATES) {
    const { [STUDY]: study, ...sent } = dated[date]
    if (study !== undefined && Object.keys(sent).length > 0)
      throw new FaultError(
        'malformed-request',
        `${date}: scans by their channels and a study were sent; of a study the rules choose the scans: send one of both`,
      )
    const own = join(dir, date)
    if (study !== undefined) await mkdir(own)
    const ofDate = study === undefined ? sent : await scansOfStudy({ paths: [study.path], channels, dir: own })
    for (const [channel, scan] of Object.entries(ofDate)) scans[datedName(date, channel)] = scan
  }
  return scans
}
