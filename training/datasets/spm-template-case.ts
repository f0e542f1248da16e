/** SPM's full-head T1 template at 0.74 mm with CSF, grey and white matter as labels 1, 2, 3. */
import { join } from 'node:path'
import { CSF, GREY, WHITE } from '../data/label-sets.ts'
import { classesOf, type EvaluationCase, readScan } from './labelled-subject.ts'

const SCAN = 'tissue/niivue__niivue-demo-images/spm152.nii.gz'
const LABELS = 'tissue/niivue__niivue/packages/niivue/demos/images/mni152_pveseg.nii.gz'

export const SPM_TEMPLATE_CASE: EvaluationCase = {
  name: 'spm152-template',
  note: 'template (no subject), 0.74 mm; FSL FAST labels',
  licenceClass: 'A',
  files: [SCAN, LABELS],
  load: async (dataDir) => {
    const t1 = await readScan(join(dataDir, SCAN))
    const labels = await readScan(join(dataDir, LABELS))
    return {
      name: 'spm152-template',
      channels: new Map([['t1', t1.volume]]),
      truth: classesOf(
        labels.volume,
        new Map([
          [1, CSF],
          [2, GREY],
          [3, WHITE],
        ]),
        'refuse',
      ),
      truthChannel: 't1',
      states: [CSF, GREY, WHITE],
      sha256: { t1: t1.sha256 },
    }
  },
}
