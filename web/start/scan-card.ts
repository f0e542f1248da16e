/** One file before it is sent: its name, what its header says, what to look at, and what it looks like. */
import { button, make } from '../dom.ts'
import { doubtsOf, factsOf } from '../scan/facts.ts'
import { drawPreview } from '../scan/preview.ts'
import type { Picked } from './choice.ts'

/** Drawn once, however often the form is drawn again. */
const previews = new WeakMap<File, HTMLCanvasElement>()

/** @param actions buttons under the facts */
export function scanCard(picked: Picked, actions: readonly HTMLElement[]): HTMLElement {
  const { file, head, trouble } = picked
  return make('div', { class: 'scan' }, [
    make('p', { class: 'file' }, file.name),
    picked.isProposed && make('p', { class: 'note' }, 'Put here because of its name. Is that right?'),
    head && previewOf(picked),
    head &&
      make(
        'dl',
        { class: 'facts' },
        factsOf(head, file.size).flatMap(({ name, value }) => [make('dt', {}, name), make('dd', {}, value)]),
      ),
    trouble !== null && make('p', { class: 'doubt' }, `${trouble} The service would refuse it.`),
    head &&
      doubtsOf(head).length > 0 &&
      make(
        'ul',
        { class: 'doubts' },
        doubtsOf(head).map((doubt) => make('li', {}, doubt)),
      ),
    make('p', { class: 'actions' }, actions),
  ])
}

function previewOf({ file, head }: Picked): HTMLCanvasElement {
  const known = previews.get(file)
  if (known !== undefined) return known
  const canvas = make('canvas', {
    width: 480,
    height: 160,
    class: 'preview',
    role: 'img',
    'aria-label': `Preview of ${file.name}: axial, coronal and sagittal slice through the middle, the patient's right on the left`,
  })
  previews.set(file, canvas)
  drawPreview(canvas, file, head!).then(
    (isDrawn) => canvas.classList.toggle('empty', !isDrawn),
    () => canvas.classList.add('empty'),
  )
  return canvas
}

/** "Use as FLAIR", for each channel where it is not. */
export function placeButtons(
  channels: readonly { readonly name: string; readonly title: string }[],
  here: string | null,
  place: (channel: string) => void,
): HTMLElement[] {
  return channels
    .filter(({ name }) => name !== here)
    .map(({ name, title }) => button(here === null ? `Use as ${title}` : `It is the ${title}`, () => place(name)))
}
