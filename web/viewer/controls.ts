/** The controls under and over a picture. */
import { freshId, make } from '../dom.ts'
import { KEYS } from './keys.ts'

/** One of several; the one that holds is set from outside. */
export function radios(
  legend: string,
  choices: readonly { readonly value: string; readonly text: string }[],
  choose: (value: string) => void,
) {
  const name = freshId(legend)
  const inputs = choices.map(({ value }) =>
    make('input', { type: 'radio', name, value }, [], { change: () => choose(value) }),
  )
  const element = make('fieldset', { class: 'radios' }, [
    make('legend', { class: 'visually-hidden' }, legend),
    ...choices.map(({ text }, n) => make('label', {}, [inputs[n]!, make('span', {}, text)])),
  ])
  return {
    element,
    set(value: string): void {
      for (const input of inputs) input.checked = input.value === value
    },
  }
}

export function checkbox(text: string, choose: (isOn: boolean) => void) {
  const input = make('input', { type: 'checkbox' }, [], { change: () => choose(input.checked) })
  return { element: make('label', {}, [input, text]), input }
}

/** What mouse and keys do. */
export function keyHelp(): HTMLElement {
  const rows = KEYS.flatMap(({ keys, does }) => [
    make(
      'dt',
      {},
      keys.flatMap((key) => [make('kbd', {}, key), ' ']),
    ),
    make('dd', {}, does),
  ])
  return make('details', { id: freshId('keys'), class: 'keys' }, [
    make('summary', {}, 'Mouse and keys'),
    make(
      'p',
      { class: 'small' },
      'Wheel: through the slices. Click: crosshair. Right button: move. Keys work while the picture has the focus:',
    ),
    make('dl', { class: 'facts' }, rows),
  ])
}
