/** The tools of somebody who corrects a map: which label, how wide, one stroke back. */
import { button, freshId, make } from '../dom.ts'
import type { Card } from '../server/models.ts'
import type { Viewer } from '../viewer/viewer.ts'
import { swatch } from './volumes.ts'

const SIZES = [1, 2, 3, 5, 8] as const

export interface Brush {
  readonly element: HTMLElement
  /** Takes the first lesion label, or the first of any kind. */
  start(): void
}

export function brush(card: Card, viewer: () => Viewer | null): Brush {
  const first = card.labels.find(({ kind }) => kind === 'lesion') ?? card.labels[1]!
  let value = first.value
  let size = 3
  let isFilled = false
  const tell = () => viewer()?.setPen(value, size, isFilled)
  const name = freshId('brush')
  const labels = card.labels.toReversed().map((label) => {
    const input = make('input', { type: 'radio', name, value: label.value, checked: label.value === value }, [], {
      change() {
        value = label.value
        tell()
      },
    })
    const text = label.value === 0 ? 'Erase (background)' : label.name
    return make('label', {}, [input, make('span', {}, [label.value > 0 && swatch(label), text])])
  })
  const width = make(
    'select',
    {},
    SIZES.map((n) => make('option', { value: n, selected: n === size }, `${n}`)),
    {
      change() {
        size = Number(width.value)
        tell()
      },
    },
  )
  const filled = make('input', { type: 'checkbox' }, [], {
    change() {
      isFilled = filled.checked
      tell()
    },
  })
  const element = make('div', {}, [
    make('fieldset', { class: 'radios brush' }, [make('legend', { class: 'visually-hidden' }, 'Paint'), ...labels]),
    make('div', { class: 'toolbar' }, [
      make('label', {}, ['Width in voxels: ', width]),
      make('label', {}, [filled, 'Fill what I circle']),
      button('Undo', () => viewer()?.undoPainting()),
    ]),
  ])
  return { element, start: tell }
}
