/** What can be said beside the scans. */
import { freshId, make } from '../dom.ts'
import type { Options } from './send.ts'

export function optionFields() {
  const nameId = freshId('name')
  const name = make('input', { id: nameId, maxlength: 100, autocomplete: 'off' })
  const flip = make('input', { type: 'checkbox' })
  const asSent = make('input', { type: 'checkbox' })
  const qform = make('input', { type: 'checkbox' })
  const check = (input: HTMLElement, text: string) => make('p', {}, [make('label', {}, [input, text])])
  const element = make('div', {}, [
    make('p', { class: 'field' }, [
      make('label', { for: nameId }, 'Your name for it (optional; no patient’s name)'),
      name,
    ]),
    make('details', {}, [
      make('summary', {}, 'More choices'),
      check(flip, 'See each part mirrored as well and average: a little better, twice the time'),
      check(asSent, 'Go on although a scan looks like another sequence than it was sent as'),
      check(qform, 'Where a file states two orientations, take the qform'),
    ]),
  ])
  const read = (): Omit<Options, 'model'> => ({
    name: name.value.trim(),
    isFlipAverage: flip.checked,
    isAsSent: asSent.checked,
    usesQform: qform.checked,
  })
  function clear(): void {
    name.value = ''
  }
  return { element, read, clear }
}
