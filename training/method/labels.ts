/** The labels of pseudo-labelled scans: names, colours and codes as they go into label maps. (A model's: in its recipe.) */
import type { LabelSet } from '../../src/labels/label-set.ts'

/** 0 background, 1 CSF, 2 grey matter, 3 white matter. Codes: SNOMED CT and DICOM (PS3.16). */
export const TISSUE_LABELS: LabelSet = [
  { value: 0, name: 'background', kind: 'background', color: [0, 0, 0] },
  {
    value: 1,
    name: 'cerebrospinal fluid',
    kind: 'tissue',
    color: [85, 188, 255],
    code: { scheme: 'SCT', value: '65216001', meaning: 'Cerebrospinal Fluid' },
  },
  {
    value: 2,
    name: 'grey matter',
    kind: 'tissue',
    color: [200, 200, 235],
    code: { scheme: 'SCT', value: '389081007', meaning: 'Gray Matter' },
  },
  {
    value: 3,
    name: 'white matter',
    kind: 'tissue',
    color: [250, 250, 210],
    code: { scheme: 'SCT', value: '389080008', meaning: 'White Matter' },
  },
]

/** 0 outside, 1 the brain with its fluid, 2 its rim. */
export const BRAIN_LABELS: LabelSet = [
  { value: 0, name: 'background', kind: 'background', color: [0, 0, 0] },
  {
    value: 1,
    name: 'brain',
    kind: 'tissue',
    color: [200, 200, 235],
    code: { scheme: 'SCT', value: '12738006', meaning: 'Brain' },
  },
  { value: 2, name: 'rim', kind: 'tissue', color: [150, 150, 150] },
]
