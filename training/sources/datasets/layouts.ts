/** The layouts that data sets are published in, by the name that a recipe calls them. */
import { existsSync } from 'node:fs'
import { brainwebSubjects } from './brainweb.ts'
import { brats2012Subjects } from './brats2012.ts'
import { correctedSubjects } from './corrected.ts'
import type { Found } from './found.ts'
import { mrbrains13Subjects } from './mrbrains13.ts'
import { mrbrains18Subjects } from './mrbrains18.ts'
import { tumorsimSubjects } from './tumorsim.ts'
import { wmh2017Subjects } from './wmh2017.ts'

/** `mrbrains13` reads its eight labels with the lesions, `mrbrains13-tissue` the three of the paper. */
export const LAYOUTS = [
  'mrbrains13',
  'mrbrains13-tissue',
  'mrbrains18',
  'wmh2017',
  'brats2012',
  'brainweb',
  'tumorsim',
  'corrected',
] as const
export type Layout = (typeof LAYOUTS)[number]

/** The data sets whose truth is complete say the same in both ways; so do maps that a person corrected. */
const FIND: Record<Layout, (folder: string, literal: boolean) => Found> = {
  mrbrains13: (folder, literal) => mrbrains13Subjects(folder, 'training', literal),
  'mrbrains13-tissue': (folder, literal) => mrbrains13Subjects(folder, 'testing', literal),
  mrbrains18: mrbrains18Subjects,
  wmh2017: wmh2017Subjects,
  brats2012: brats2012Subjects,
  brainweb: brainwebSubjects,
  tumorsim: tumorsimSubjects,
  corrected: correctedSubjects,
}

/** Subjects of a folder in one of the layouts; a folder that is not there is a note. */
export function subjectsOf(layout: Layout, folder: string, literal: boolean): Found {
  if (!existsSync(folder)) return { subjects: [], notes: [`${layout}: its folder is not in the data folder`] }
  return FIND[layout](folder, literal)
}
