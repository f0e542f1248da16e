/**
 * TumorSim's output (Prastawa et al., Medical Image Analysis 13(2), 2009): simulated T1 and FLAIR with complete truth,
 * tissue, oedema and tumour.
 *
 *     <folder>/<…>/<subject>{T1,FLAIR,discrete_truth}.nii.gz
 *
 * 1 white, 2 grey matter, 3 CSF, 4 oedema, 5 tumour, 6 vessels (CSF, as in the paper's code), 0 background.
 */
import { globSync } from 'node:fs'
import { BACKGROUND, CSF, GREY, OEDEMA, setOf, TUMOUR, WHITE } from '../../method/label-sets.ts'
import { type Candidate, type Found, gather, type Stated, seek } from './found.ts'

const STATED: Stated = {
  sets: new Map([BACKGROUND, WHITE, GREY, CSF, OEDEMA, TUMOUR, CSF].map((k, value) => [value, setOf(k)])),
  backgroundSet: setOf(BACKGROUND),
}
const PART = /(T1|FLAIR|discrete_truth)\.nii(\.gz)?$/

export function tumorsimSubjects(folder: string): Found {
  const files = globSync('**/*{T1,FLAIR,discrete_truth}.nii{,.gz}', { cwd: folder })
  const prefixes = [...new Set(files.map((file) => file.replace(PART, '')))].sort()
  const candidates = prefixes.map((prefix): Candidate => {
    const name = prefix.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '')
    return {
      name: name === '' ? 'tumorsim' : `tumorsim-${name}`,
      scans: { t1: seek(folder, `${prefix}T1.nii{,.gz}`), flair: seek(folder, `${prefix}FLAIR.nii{,.gz}`) },
      truth: seek(folder, `${prefix}discrete_truth.nii{,.gz}`),
      stated: STATED,
    }
  })
  return gather('tumorsim', candidates)
}
