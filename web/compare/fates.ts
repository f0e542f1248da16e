/** What became of a lesion, in words and colours; a test holds the values and colours to those of the service. */
import type { Fate } from '../../src/measure/lesion-fate.ts'
import type { PanelLabel } from '../viewer/label-groups.ts'

export const FATE_WORDS: Readonly<Record<Fate, string>> = {
  new: 'new',
  gone: 'gone',
  grown: 'grown',
  shrunk: 'smaller',
  merged: 'merged with another',
  split: 'split into several',
  unchanged: 'as before, within the noise',
}

const COLOURS: readonly (readonly [Fate, readonly [number, number, number]])[] = [
  ['new', [255, 60, 60]],
  ['gone', [60, 140, 255]],
  ['grown', [255, 170, 0]],
  ['shrunk', [0, 200, 200]],
  ['merged', [255, 0, 200]],
  ['split', [150, 90, 255]],
  ['unchanged', [150, 200, 120]],
]

/** Values of the map of fates: their places here, 0 is no lesion. */
export const FATE_LABELS: readonly PanelLabel[] = [
  { value: 0, name: 'no lesion', color: [0, 0, 0], kind: 'background' },
  ...COLOURS.map(
    ([fate, color], at): PanelLabel => ({ value: at + 1, name: `lesion ${FATE_WORDS[fate]}`, color, kind: 'lesion' }),
  ),
]

export const fateLabel = (fate: Fate): PanelLabel => FATE_LABELS[COLOURS.findIndex(([name]) => name === fate) + 1]!
