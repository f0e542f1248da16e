/** T1s that come with grey and white matter as fractions: a real head (FSL FAST) and the ICBM152 template. */
import { join } from 'node:path'
import { connectedComponents } from '../../src/labels/components.ts'
import type { LabelVolume, Volume } from '../../src/volume/volume.ts'
import { BACKGROUND, CSF, GREY, WHITE } from '../data/label-sets.ts'
import { type EvaluationCase, readScan } from './labelled-subject.ts'

/** A voxel belongs to the tissue that fills at least half of it; `full` is the value of a whole voxel. */
export function tissueOf(grey: Volume<'scan'>, white: Volume<'scan'>, full: number): LabelVolume {
  const data = new Uint8Array(grey.data.length)
  for (let v = 0; v < data.length; v++) {
    const [g, w] = [grey.data[v]! / full, white.data[v]! / full]
    if (Math.max(g, w) >= 0.5) data[v] = w > g ? WHITE : GREY
  }
  return { shape: grey.shape, affine: grey.affine, data }
}

/** What is left of the brain is CSF; the two spheres that were added beside it (nii2mesh's README) are not brain. */
function withCsf(tissue: LabelVolume, scan: Volume<'scan'>): LabelVolume {
  const brain = Uint8Array.from(scan.data, (value) => (value > 0 ? 1 : 0))
  const { ids, voxels } = connectedComponents(brain, scan.shape, [1], 26)
  const largest = voxels.indexOf(Math.max(...voxels))
  return {
    ...tissue,
    data: tissue.data.map((cls, v) => (ids[v] !== largest ? BACKGROUND : cls === BACKGROUND ? CSF : cls)),
  }
}

const NII2MESH = 'tissue/neurolabusc__nii2mesh/data'
const NILEARN = 'tissue/nilearn__nilearn/nilearn/datasets/data/mni_icbm152'

export const FAST_CASE: EvaluationCase = {
  name: 'fast-subject',
  note: 'real T1, skull-stripped, 1 mm; FSL FAST partial volumes at one half, the rest of the brain CSF',
  licenceClass: 'A',
  files: [`${NII2MESH}/bet.nii.gz`, `${NII2MESH}/pve_1.nii.gz`, `${NII2MESH}/pve_2.nii.gz`],
  load: async (dataDir) => {
    const t1 = await readScan(join(dataDir, NII2MESH, 'bet.nii.gz'))
    const grey = await readScan(join(dataDir, NII2MESH, 'pve_1.nii.gz'))
    const white = await readScan(join(dataDir, NII2MESH, 'pve_2.nii.gz'))
    return {
      name: 'fast-subject',
      channels: new Map([['t1', t1.volume]]),
      truth: withCsf(tissueOf(grey.volume, white.volume, 1), t1.volume),
      truthChannel: 't1',
      states: [CSF, GREY, WHITE],
      sha256: { t1: t1.sha256 },
    }
  },
}

export const ICBM_CASE: EvaluationCase = {
  name: 'icbm152-template',
  note: 'template (an average of 152 heads, no subject), 1 mm; tissue probabilities at one half',
  licenceClass: 'A',
  files: ['t1', 'gm', 'wm'].map((kind) => `${NILEARN}_${kind}_tal_nlin_sym_09a_converted.nii.gz`),
  load: async (dataDir) => {
    const file = (kind: string) => readScan(join(dataDir, `${NILEARN}_${kind}_tal_nlin_sym_09a_converted.nii.gz`))
    const t1 = await file('t1')
    return {
      name: 'icbm152-template',
      channels: new Map([['t1', t1.volume]]),
      truth: tissueOf((await file('gm')).volume, (await file('wm')).volume, 255),
      truthChannel: 't1',
      states: [GREY, WHITE],
      sha256: { t1: t1.sha256 },
    }
  },
}
