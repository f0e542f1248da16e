/** What changed between two dates: volumes side by side, and lesions by what became of them. What is within the noise is greyed. */
import type { ComparisonReport, PlacedChange, VolumeChange } from '../../src/inference/comparison-report.ts'
import type { Fate } from '../../src/measure/lesion-fate.ts'
import { button, make } from '../dom.ts'
import { sentence } from '../problem-card.ts'
import { swatch } from '../result/volumes.ts'
import type { Card } from '../server/models.ts'
import { NOT_ASSESSABLE } from '../words.ts'
import { FATE_WORDS, fateLabel } from './fates.ts'

const signed = (value: number | null, unit = ''): string =>
  value === null ? '–' : `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value)}${unit}`

export function volumeChanges({ labels, ventricles, noise }: ComparisonReport, card: Card): HTMLElement {
  const all = [...labels.filter(({ value }) => value !== 0), ...(ventricles === null ? [] : [ventricles])]
  const head = ['', 'Before, mL', 'After, mL', 'Change, mL', 'Change', 'Noise'].map((text, n) =>
    text === '' ? make('td') : make('th', { scope: 'col', class: n > 0 ? 'number' : '' }, text),
  )
  return make('section', { class: 'card' }, [
    make('h2', {}, 'Volumes at both dates'),
    make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Volumes at both dates' }, [
      make('table', { class: 'changes' }, [
        make('thead', {}, [make('tr', {}, head)]),
        make(
          'tbody',
          {},
          all.map((change) => volumeRow(change, card)),
        ),
      ]),
    ]),
    make(
      'p',
      { class: 'small' },
      `Grey: the change is no larger than two scans of one day show. ${sentence(noise.what)}`,
    ),
  ])
}

function volumeRow(change: VolumeChange, card: Card): HTMLElement {
  const { name, value, beforeMl, afterMl, changeMl, changePercent, noisePercent, isBeyondNoise } = change
  const colour = value === undefined ? undefined : card.labels[value]
  const volume = (ml: number | null) => (ml === null ? NOT_ASSESSABLE : String(ml))
  const cells = [
    volume(beforeMl),
    volume(afterMl),
    signed(changeMl),
    signed(changePercent, ' %'),
    noisePercent === null ? 'not measured' : `± ${noisePercent} %`,
  ]
  return make('tr', { class: isBeyondNoise === false ? 'noise' : '' }, [
    make('th', { scope: 'row' }, [
      colour ? swatch(colour) : null,
      name,
      isBeyondNoise === false && make('span', { class: 'visually-hidden' }, ', within the noise'),
    ]),
    ...cells.map((text) => make('td', { class: 'number' }, text)),
  ])
}

/** @param goTo shows where it is */
export function lesionChanges(
  { lesions }: ComparisonReport,
  goTo: (change: PlacedChange, n: number) => void,
): HTMLElement {
  if (lesions === null) {
    return make('section', { class: 'card' }, [
      make('h2', {}, 'Lesions'),
      make('p', {}, 'Not assessable from these scans. That is not “none”: nothing is known of them.'),
    ])
  }
  const fates = (Object.keys(lesions.count) as Fate[]).filter((fate) => lesions.count[fate] > 0)
  const rows = lesions.changes.map((change, at) => {
    const go = button(`Change ${at + 1}`, () => choose(at), { class: 'link' })
    const isNoise = change.fate === 'unchanged'
    return make('tr', { class: isNoise ? 'noise' : '', 'data-fate': change.fate }, [
      make('th', { scope: 'row' }, [swatch(fateLabel(change.fate)), go]),
      make(
        'td',
        {},
        `${FATE_WORDS[change.fate]}${change.seen === 'doubtful-at-one' ? '; one date is not sure of it' : ''}`,
      ),
      make('td', { class: 'number' }, String(change.beforeMl)),
      make('td', { class: 'number' }, String(change.afterMl)),
    ])
  })
  function choose(at: number): void {
    rows.forEach((row, n) => {
      row.classList.toggle('chosen', n === at)
      if (n === at) row.querySelector('button')?.setAttribute('aria-current', 'true')
      else row.querySelector('button')?.removeAttribute('aria-current')
    })
    goTo(lesions!.changes[at]!, at + 1)
  }
  const head = ['Lesion', 'What became of it', 'Before, mL', 'After, mL'].map((text, n) =>
    make('th', { scope: 'col', class: n > 1 ? 'number' : '' }, text),
  )
  return make('section', { class: 'card' }, [
    make('h2', {}, 'Lesions'),
    make(
      'ul',
      { class: 'fates' },
      fates.map((fate) => make('li', {}, [swatch(fateLabel(fate)), `${lesions.count[fate]} ${FATE_WORDS[fate]}`])),
    ),
    rows.length === 0
      ? make('p', {}, 'None at either date.')
      : make('table', { class: 'lesions' }, [make('thead', {}, [make('tr', {}, head)]), make('tbody', {}, rows)]),
  ])
}
