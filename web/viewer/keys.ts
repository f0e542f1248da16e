/** Keys of the picture: what each does, for the help and for the handler alike. */
import type { Layout, Mm } from './viewer.ts'

export type Action =
  | { readonly do: 'layout'; readonly layout: Layout }
  | { readonly do: 'step'; readonly voxels: Mm }
  | { readonly do: 'fade'; readonly by: number }
  | { readonly do: 'lesion'; readonly by: 1 | -1 }
  | { readonly do: 'side' | 'labels' | 'outline' | 'unsure' | 'scan' | 'reset' | 'paint' }

export const KEYS = [
  { keys: ['↑', '↓', '←', '→'], does: 'crosshair within the plane (axial where all are shown)' },
  { keys: ['Page up', 'Page down'], does: 'next slice, slice before' },
  { keys: ['M', 'A', 'C', 'S', 'D'], does: 'all planes, axial, coronal, sagittal, 3-D' },
  { keys: ['R'], does: 'radiological or neurological' },
  { keys: ['T'], does: 'other scan' },
  { keys: ['L', 'O', 'U'], does: 'labels (all, lesions, none), their outline, where the model was unsure' },
  { keys: ['+', '−'], does: 'more, less of the labels' },
  { keys: ['N', 'P'], does: 'next lesion, lesion before' },
  { keys: ['Home'], does: 'view as at first' },
  { keys: ['Space'], does: 'paint at the crosshair, while you correct' },
] as const

const LETTERS: Readonly<Record<string, Action>> = {
  m: { do: 'layout', layout: 'planes' },
  a: { do: 'layout', layout: 'axial' },
  c: { do: 'layout', layout: 'coronal' },
  s: { do: 'layout', layout: 'sagittal' },
  d: { do: 'layout', layout: 'volume' },
  r: { do: 'side' },
  t: { do: 'scan' },
  l: { do: 'labels' },
  o: { do: 'outline' },
  u: { do: 'unsure' },
  n: { do: 'lesion', by: 1 },
  p: { do: 'lesion', by: -1 },
  '+': { do: 'fade', by: 0.1 },
  '=': { do: 'fade', by: 0.1 },
  '-': { do: 'fade', by: -0.1 },
  home: { do: 'reset' },
  ' ': { do: 'paint' },
}

/** Across, up and into the screen, as directions of the world: right, front, head. The nose is on the left in a sagittal view. */
const SCREEN: Readonly<Record<Layout, { readonly across: Mm; readonly up: Mm; readonly next: Mm }>> = {
  planes: { across: [1, 0, 0], up: [0, 1, 0], next: [0, 0, 1] },
  axial: { across: [1, 0, 0], up: [0, 1, 0], next: [0, 0, 1] },
  coronal: { across: [1, 0, 0], up: [0, 0, 1], next: [0, 1, 0] },
  sagittal: { across: [0, -1, 0], up: [0, 0, 1], next: [1, 0, 0] },
  volume: { across: [1, 0, 0], up: [0, 1, 0], next: [0, 0, 1] },
}

type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>

/** What a key does, or null: keys with Ctrl, Alt or Cmd are the browser's. */
export function keyAction(
  { key, ctrlKey, metaKey, altKey }: Press,
  layout: Layout,
  isRadiological: boolean,
): Action | null {
  if (ctrlKey || metaKey || altKey) return null
  const { across, up, next } = SCREEN[layout]
  // The patient's right is on the left of the screen: to the right of the screen is to the patient's left.
  const turned: Mm = isRadiological ? [-across[0], across[1], across[2]] : across
  const back = ([x, y, z]: Mm): Mm => [-x, -y, -z]
  const step = (voxels: Mm): Action => ({ do: 'step', voxels })
  switch (key) {
    case 'ArrowRight':
      return step(turned)
    case 'ArrowLeft':
      return step(back(turned))
    case 'ArrowUp':
      return step(up)
    case 'ArrowDown':
      return step(back(up))
    case 'PageUp':
      return step(next)
    case 'PageDown':
      return step(back(next))
    default:
      return LETTERS[key.toLowerCase()] ?? null
  }
}
