/** What the network of the tissue finder takes and gives: as its recipe says (training/recipes/tissue-finder.json; a test compares). */
import type { PreprocessSpec } from '../preprocess/spec.ts'

const PREPROCESS: PreprocessSpec = {
  orientation: 'RAS',
  spacingMm: [4, 4, 4],
  normalize: { kind: 'foreground-zscore', quantile: 0.99, thresholdFraction: 0.15, clip: 4 },
  cropMarginMm: 8,
}

export const FINDER = {
  /** Any one scan. */
  channels: [{ name: 'scan' }],
  /** In the order of the network's outputs. */
  labels: ['outside', 'csf', 'grey', 'white', 'lesion', 'oedema', 'tumour'],
  preprocess: PREPROCESS,
  /** 224 × 256 × 256 mm: a whole head at once. */
  inference: { patchVoxels: [56, 64, 64] },
} as const
