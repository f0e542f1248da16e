/**
 * BRATS 2012, the synthetic set: oedema and tumour of 50 simulated subjects of 1 mm, T1 and FLAIR, as MetaImage.
 *
 *     <folder>/[Synthetic_Data/]{HG,LG}/<id>/<…>{T1,Flair,OT}/<file>.mha
 *
 * 1 oedema, 2 tumour core, 0 the rest: only these were drawn, so 0 is any class that is neither. Taken literally it is
 * background.
 */
import { globSync } from 'node:fs'
import { join, sep } from 'node:path'
import { BACKGROUND, OEDEMA, STATED, TUMOUR } from '../../method/label-sets.ts'
import { type Candidate, type Found, foldersIn, gather, type Stated, seek } from './found.ts'

function stated(literal: boolean): Stated {
  const backgroundSet = STATED[literal ? 'tumour-literal' : 'tumour'][BACKGROUND]!
  return {
    sets: new Map([
      [0, backgroundSet],
      [1, STATED.tumour[OEDEMA]!],
      [2, STATED.tumour[TUMOUR]!],
    ]),
    backgroundSet,
  }
}

/** @param literal take the background at its word, as the naive baselines do */
export function brats2012Subjects(folder: string, literal: boolean): Found {
  const root = foldersIn(folder).includes('Synthetic_Data') ? join(folder, 'Synthetic_Data') : folder
  const places = globSync('{HG,LG}/*', { cwd: root }).sort()
  const candidates = places.map((place): Candidate => {
    const at = join(root, place)
    return {
      name: `brats2012-${place.split(sep).join('-')}`,
      scans: { t1: seek(at, '*T1/*.mha'), flair: seek(at, '*{Flair,FLAIR}/*.mha') },
      truth: seek(at, '*OT/*.mha'),
      stated: stated(literal),
    }
  })
  return gather('brats2012', candidates)
}
