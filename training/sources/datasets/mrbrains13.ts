/**
 * MRBrainS13 (doi:10.34894/645ZIN): tissue of 5 subjects of 0.958 × 0.958 × 3 mm, T1 and FLAIR on one grid.
 *
 *     <folder>/[TrainingData/]{1..5}/T1.nii, T2_FLAIR.nii, LabelsForTraining.nii, LabelsForTesting.nii
 *
 * LabelsForTraining: 1 cortical grey, 2 basal ganglia, 3 white matter, 4 lesions, 5 extracerebral CSF, 6 ventricles,
 * 7 cerebellum, 8 brain stem. The last two hold several tissues, so there any class is admitted; taken literally they
 * are background: no class of ours is theirs.
 * LabelsForTesting: 1 CSF, 2 grey, 3 white matter with the lesions in it, 0 everything else.
 */
import { join } from 'node:path'
import { ANY_CLASS, BACKGROUND, CSF, GREY, LESION, setOf, WHITE } from '../../method/label-sets.ts'
import { type Candidate, type Found, foldersIn, gather, type Sought, type Stated, seek } from './found.ts'

function trainingLabels(literal: boolean): Stated {
  const others = literal ? setOf(BACKGROUND) : ANY_CLASS
  return {
    sets: new Map([
      [0, setOf(BACKGROUND)],
      [1, setOf(GREY)],
      [2, setOf(GREY)],
      [3, setOf(WHITE)],
      [4, setOf(LESION)],
      [5, setOf(CSF)],
      [6, setOf(CSF)],
      [7, others],
      [8, others],
    ]),
    backgroundSet: setOf(BACKGROUND),
  }
}

function testingLabels(literal: boolean): Stated {
  return {
    sets: new Map([
      [0, setOf(BACKGROUND)],
      [1, setOf(CSF)],
      [2, setOf(GREY)],
      [3, literal ? setOf(WHITE) : setOf(WHITE, LESION)],
    ]),
    backgroundSet: setOf(BACKGROUND),
  }
}

/**
 * @param labels 'training': the eight labels, or where a subject lacks them the three, with a note;
 *   'testing': the three tissues, as in the paper
 * @param literal take white matter and background at their word, as the naive baselines do
 */
export function mrbrains13Subjects(folder: string, labels: 'training' | 'testing', literal: boolean): Found {
  const root = foldersIn(folder).includes('TrainingData') ? join(folder, 'TrainingData') : folder
  const fallen: string[] = []
  const candidates = foldersIn(root).map((id): Candidate => {
    const at = join(root, id)
    const name = `mrbrains13-${id}`
    const eight = seek(at, 'LabelsForTraining.nii{,.gz}')
    const three = seek(at, 'LabelsForTesting.nii{,.gz}')
    const takesEight = labels === 'training' && eight.path !== undefined
    if (labels === 'training' && eight.path === undefined && three.path !== undefined)
      fallen.push(`${name}: no LabelsForTraining, so its lesions are part of its white matter (LabelsForTesting)`)
    const neither: Sought = labels === 'training' ? { ...three, looked: `${eight.looked} or ${three.looked}` } : three
    return {
      name,
      scans: { t1: seek(at, 'T1.nii{,.gz}'), flair: seek(at, 'T2_FLAIR.nii{,.gz}') },
      truth: takesEight ? eight : neither,
      stated: takesEight ? trainingLabels(literal) : testingLabels(literal),
    }
  })
  const { subjects, notes } = gather('mrbrains13', candidates)
  return { subjects, notes: [...notes, ...fallen] }
}
