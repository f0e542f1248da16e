/**
 * Eight older subjects of NiChart (class B: local evaluation only), 2 mm full heads, T1 and FLAIR on different grids.
 * Automatic labels: MUSE regions on the T1, white-matter lesions on the FLAIR; so each subject is two cases.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CSF, GREY, LESION, WHITE } from '../data/label-sets.ts'
import { classesOf, type EvaluationCase, readScan } from './labelled-subject.ts'

const FOLDER = 'tissue/CBICA__NiChart_Project/sample_datasets/demo_dataset'
const REGIONS = 'tissue/CBICA__NiChart_Project/resources/MUSE/list_MUSE_mapping_derived.csv'

/** Composite regions of the MUSE table (code, name, member, member, …) that are one class. */
const CLASS_OF_COMPOSITE: ReadonlyMap<number, number> = new Map([
  [600, CSF],
  [509, CSF],
  [601, GREY],
  [604, WHITE],
])
/** MUSE puts the brain stem into neither grey nor white matter; ours is white. */
const BRAIN_STEM = 35

/** The table's text → class of each region; regions in no composite (vessels, unnamed) are background. */
export function museClasses(csv: string): ReadonlyMap<number, number> {
  const rows = csv.split(/\r?\n/).map((line) => line.split(','))
  const members = rows.flatMap(([code, , ...regions]) => {
    const cls = CLASS_OF_COMPOSITE.get(Number(code))
    return cls === undefined
      ? []
      : regions.filter((region) => region !== '').map((region) => [Number(region), cls] as const)
  })
  return new Map([...members, [BRAIN_STEM, WHITE]])
}

function subjectCases(subject: string): readonly EvaluationCase[] {
  const t1File = `${FOLDER}/t1/${subject}_T1.nii.gz`
  const flairFile = `${FOLDER}/fl/${subject}_FL.nii.gz`
  const regionsFile = `${FOLDER}/dlmuse_seg/${subject}_T1_DLMUSE.nii.gz`
  const lesionsFile = `${FOLDER}/nichart_dlwmls_out/DLWMLS_FLAIR/${subject}_FL_DLWMLS.nii.gz`
  const scans = async (dataDir: string) => {
    const t1 = await readScan(join(dataDir, t1File))
    const flair = await readScan(join(dataDir, flairFile))
    return {
      channels: new Map([
        ['t1', t1.volume],
        ['flair', flair.volume],
      ]),
      sha256: { t1: t1.sha256, flair: flair.sha256 },
    }
  }
  const name = `nichart-${subject.toLowerCase()}`
  return [
    {
      name: `${name}-tissue`,
      note: 'real T1 + FLAIR, full head, 2 mm; DLMUSE regions on the T1 (automatic)',
      licenceClass: 'B',
      files: [t1File, flairFile, regionsFile, REGIONS],
      load: async (dataDir) => {
        const classes = museClasses(await readFile(join(dataDir, REGIONS), 'utf8'))
        const regions = await readScan(join(dataDir, regionsFile))
        return {
          name: `${name}-tissue`,
          ...(await scans(dataDir)),
          truth: classesOf(regions.volume, classes, 'background'),
          truthChannel: 't1',
          states: [CSF, GREY, WHITE],
        }
      },
    },
    {
      name: `${name}-lesion`,
      note: 'real T1 + FLAIR, full head, 2 mm; DLWMLS lesions on the FLAIR (automatic)',
      licenceClass: 'B',
      files: [t1File, flairFile, lesionsFile],
      load: async (dataDir) => ({
        name: `${name}-lesion`,
        ...(await scans(dataDir)),
        truth: classesOf((await readScan(join(dataDir, lesionsFile))).volume, new Map([[1, LESION]]), 'refuse'),
        truthChannel: 'flair',
        states: [LESION],
      }),
    },
  ]
}

export const NICHART_CASES: readonly EvaluationCase[] = Array.from({ length: 8 }, (_, i) => `Subj${i + 1}`).flatMap(
  subjectCases,
)
