/** Real heads with lesions, from the folder of data beside the repository. */
import { join, resolve } from 'node:path'

const DATA_DIR = resolve(process.env['ONELABEL_TEST_DATA'] ?? join(import.meta.dirname, '../../../shared/data'))
const MS = join(DATA_DIR, 'lesion/muschellij2__open_ms_data/cross_sectional/MNI/patient19')
const CUT = 'N4_noneck_reduced_winsor_regtoFLAIR_brain_N4_regtoMNI.nii.gz'
const OLD = join(DATA_DIR, 'tissue/CBICA__NiChart_Project/sample_datasets/demo_dataset')

export interface Head {
  readonly name: string
  /** Channel → file. */
  readonly scans: Readonly<Record<string, string>>
}

const old = (subject: number): Head => ({
  name: `old head ${subject}, 2 mm, whole`,
  scans: { t1: join(OLD, `t1/Subj${subject}_T1.nii.gz`), flair: join(OLD, `fl/Subj${subject}_FL.nii.gz`) },
})

export const HEADS: readonly Head[] = [
  {
    name: 'multiple sclerosis, 1 mm, stripped',
    scans: { t1: join(MS, `T1_${CUT}`), flair: join(MS, `FLAIR_${CUT}`) },
  },
  old(1),
  old(2),
]
