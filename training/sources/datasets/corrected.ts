/**
 * Label maps of onelabel that people corrected (`…/training-case` of the service), any number of them unpacked into one folder:
 *
 *     <folder>/sub-X/anat/sub-X_T1w.nii.gz, sub-X_FLAIR.nii.gz
 *     <folder>/derivatives/onelabel/sub-X/anat/sub-X_desc-corrected_dseg.nii.gz, .json
 *
 * Every voxel has been looked at, so each label is what it says; but where the scans could not show lesions and the person drew
 * none, white matter may hold some. A case whose scans do not lie on each other by their headers is left out.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BACKGROUND, CSF, GREY, LESION, OEDEMA, setOf, TUMOUR, WHITE } from '../../method/label-sets.ts'
import { type Candidate, type Found, foldersIn, gather, type Stated, seek } from './found.ts'

interface Sidecar {
  readonly ScansLieOnEachOther: boolean
  readonly Report: {
    readonly labels: readonly { readonly value: number; readonly name: string; readonly assessable: boolean }[]
  }
}

/** Names of the bundled models' labels; a map with another one is left out. */
const CLASS_OF: Readonly<Record<string, number>> = {
  background: BACKGROUND,
  'cerebrospinal fluid': CSF,
  'grey matter': GREY,
  'white matter': WHITE,
  'white matter hyperintensity': LESION,
  oedema: OEDEMA,
  tumour: TUMOUR,
}
const WITHOUT_LESIONS = setOf(WHITE, LESION)

export function correctedSubjects(folder: string): Found {
  const notes: string[] = []
  const candidates = foldersIn(folder)
    .filter((name) => /^sub-[A-Za-z0-9]+$/.test(name))
    .flatMap((name): Candidate[] => {
      const stem = join(folder, 'derivatives/onelabel', name, 'anat', `${name}_desc-corrected_dseg`)
      const read = existsSync(`${stem}.json`) ? (JSON.parse(readFileSync(`${stem}.json`, 'utf8')) as Sidecar) : null
      const stated = read === null ? 'it has no desc-corrected_dseg.json' : statedBy(read)
      if (typeof stated === 'string') {
        notes.push(`corrected-${name}: left out, ${stated}`)
        return []
      }
      const scan = (suffix: string) => seek(join(folder, name, 'anat'), `*_${suffix}.nii.gz`)
      const sent = { t1: scan('T1w'), flair: scan('FLAIR') }
      const scans = Object.fromEntries(Object.entries(sent).filter(([, { path }]) => path !== undefined))
      const truth = seek(join(folder, 'derivatives/onelabel', name, 'anat'), '*_desc-corrected_dseg.nii.gz')
      return [{ name: `corrected-${name}`, scans, truth, stated }]
    })
  const found = candidates.length === 0 ? { subjects: [], notes: [] } : gather('corrected', candidates)
  const none = candidates.length + notes.length === 0 ? ['corrected: no subject in its folder'] : []
  return { subjects: found.subjects, notes: [...none, ...notes, ...found.notes] }
}

/** What the labels mean, or why the case cannot be used. */
function statedBy({ ScansLieOnEachOther, Report }: Sidecar): Stated | string {
  if (!ScansLieOnEachOther) return 'its scans do not lie on each other by their headers'
  const stranger = Report.labels.find(({ name }) => CLASS_OF[name] === undefined)
  if (stranger !== undefined) return `training knows no label of its name: ${stranger.name}`
  const areLesionsSeen = Report.labels.some(({ name, assessable }) => CLASS_OF[name] === LESION && assessable)
  const setFor = (name: string) => {
    const meant = CLASS_OF[name]!
    return meant === WHITE && !areLesionsSeen ? WITHOUT_LESIONS : setOf(meant)
  }
  return {
    sets: new Map(Report.labels.map(({ value, name }) => [value, setFor(name)])),
    backgroundSet: setOf(BACKGROUND),
  }
}
