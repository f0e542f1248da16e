/**
 * WMH 2017 (doi:10.34894/AECRSD): white-matter hyperintensities of 60 subjects of three sites, T1 aligned to FLAIR.
 * The sites may be nested (Amsterdam/GE3T) or not, and lie in `training` (as published now) or not (as in 2017).
 *
 *     <folder>/[training/]{Utrecht,Singapore,[Amsterdam/]GE3T}/<id>/{pre,orig}/{T1,FLAIR}.nii.gz, <id>/wmh.nii.gz
 *
 * 1 hyperintensity, 2 other pathology, 0 the rest: only lesions were drawn, so 0 is any class that is not a lesion,
 * and 2, which the challenge does not evaluate, is any class. Taken literally both are background.
 */
import { globSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { ANY_CLASS, BACKGROUND, LESION, STATED } from '../../method/label-sets.ts'
import { type Candidate, type Found, foldersIn, gather, type Stated, seek } from './found.ts'

function stated(literal: boolean): Stated {
  const backgroundSet = STATED[literal ? 'lesion-literal' : 'lesion'][BACKGROUND]!
  return {
    sets: new Map([
      [0, backgroundSet],
      [1, STATED.lesion[LESION]!],
      [2, literal ? backgroundSet : ANY_CLASS],
    ]),
    backgroundSet,
  }
}

/** @param literal take the background at its word, as the naive baselines do */
export function wmh2017Subjects(folder: string, literal: boolean): Found {
  const root = foldersIn(folder).includes('training') ? join(folder, 'training') : folder
  // whichever of its parts a subject lacks, one of the others gives it away
  const parts = ['pre', 'orig', 'wmh.nii{,.gz}'].map((part) => `{*,*/*,*/*/*}/${part}`)
  const places = [...new Set(globSync(parts, { cwd: root }).map(dirname))].sort()
  const candidates = places.map((place): Candidate => {
    const at = join(root, place)
    return {
      name: `wmh2017-${place.split(sep).join('-')}`,
      scans: {
        t1: seek(at, 'pre/T1.nii{,.gz}', 'orig/T1.nii{,.gz}'),
        flair: seek(at, 'pre/FLAIR.nii{,.gz}', 'orig/FLAIR.nii{,.gz}'),
      },
      truth: seek(at, 'wmh.nii{,.gz}'),
      stated: stated(literal),
    }
  })
  return gather('wmh2017', candidates)
}
