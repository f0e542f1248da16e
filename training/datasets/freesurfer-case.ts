/** The FreeSurfer subject of niivue: a conformed, skull-stripped T1 (norm.mgz) and its own labels. */
import { join } from 'node:path'
import { GREY, WHITE } from '../data/label-sets.ts'
import { CLASS_OF_FREESURFER } from './freesurfer-codes.ts'
import { classesOf, type EvaluationCase } from './labelled-subject.ts'
import { readMgz } from './mgz.ts'

const FOLDER = 'tissue/niivue__niivue/packages/niivue/demos/images'
const [SCAN, LABELS] = [`${FOLDER}/norm.mgz`, `${FOLDER}/aparc.a2009s+aseg.mgz`]

export const FREESURFER_CASE: EvaluationCase = {
  name: 'freesurfer-subject',
  note: 'real T1, skull-stripped, 1 mm; FreeSurfer aseg (CSF only in the ventricles: not scored)',
  licenceClass: 'A',
  files: [SCAN, LABELS],
  load: async (dataDir) => {
    const t1 = await readMgz(join(dataDir, SCAN))
    const labels = await readMgz(join(dataDir, LABELS))
    return {
      name: 'freesurfer-subject',
      channels: new Map([['t1', t1.volume]]),
      truth: classesOf(labels.volume, CLASS_OF_FREESURFER, 'refuse'),
      truthChannel: 't1',
      states: [GREY, WHITE],
      sha256: { t1: t1.sha256 },
    }
  },
}
