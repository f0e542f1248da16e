/** The models that serve, in words for people: what they are for, on what they were trained, how good they are, where they fail. */
import { make } from '../dom.ts'
import { swatch } from '../result/volumes.ts'
import { type Card, readCards } from '../server/models.ts'
import type { View } from '../view.ts'
import { counted } from '../words.ts'
import { type Score, scoresOf } from './scores.ts'
import { shownLabels } from './shown-labels.ts'

export async function modelsView(): Promise<View> {
  const cards = await readCards()
  const element = make('section', { class: 'models' }, [
    make('h1', {}, 'Models'),
    make('p', { class: 'lead' }, 'Everything here is read from the card that the service executes.'),
    ...cards.map((card, at) => modelCard(card, at === 0)),
  ])
  return { title: 'Models', element }
}

function modelCard(card: Card, isDefault: boolean): HTMLElement {
  return make('article', { class: 'card' }, [
    make('h2', {}, card.title),
    make(
      'p',
      { class: 'small' },
      `${card.id} ${card.version} · ${card.license}${isDefault ? ' · used where nothing else is said' : ''}`,
    ),
    make('p', {}, card.intendedUse),
    make('h3', {}, 'What it shows, from which scans'),
    shownTable(card),
    make('h3', {}, 'How good it is'),
    scoreTable(scoresOf(card.evaluation.subjects)),
    make('h3', {}, 'Where it fails'),
    card.knownFailures.length === 0
      ? make('p', {}, 'The card names nothing. That does not mean that there is nothing.')
      : make(
          'ul',
          {},
          card.knownFailures.map((failure) => make('li', {}, failure)),
        ),
    make('details', {}, [
      make('summary', {}, `What it was trained on (${counted(card.training.data.length, 'source')})`),
      make(
        'ul',
        {},
        card.training.data.map(({ name, license, labels, subjects }) =>
          make('li', {}, `${name}: ${counted(subjects, 'subject')}; labels: ${labels}; ${license}`),
        ),
      ),
    ]),
  ])
}

/** Each set of channels of one or all, as far as a person would send them. */
function shownTable(card: Card): HTMLElement {
  const names = card.channels.map(({ name }) => name)
  const sets = card.required === 'all' || names.length === 1 ? [names] : [...names.map((name) => [name]), names]
  const titleOf = (set: readonly string[]) =>
    set.map((name) => card.channels.find((channel) => channel.name === name)?.title ?? name).join(' and ')
  const labels = card.labels.filter(({ value }) => value > 0)
  const shown = sets.map((set) => shownLabels(card, set))
  const verdict = (name: string, { not, poor }: (typeof shown)[number]) =>
    not.includes(name) ? 'not assessable' : poor.includes(name) ? 'low reliability' : 'yes'
  const head = ['Label', ...sets.map((set) => (set.length > 1 ? titleOf(set) : `${titleOf(set)} alone`))]
  return make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `What ${card.id} shows` }, [
    make('table', {}, [
      make('thead', {}, [
        make(
          'tr',
          {},
          head.map((text) => make('th', { scope: 'col' }, text)),
        ),
      ]),
      make(
        'tbody',
        {},
        labels.map((label) =>
          make('tr', {}, [
            make('th', { scope: 'row' }, [swatch(label), label.name]),
            ...shown.map((set) => make('td', {}, verdict(label.name, set))),
          ]),
        ),
      ),
    ]),
  ])
}

function scoreTable(scores: readonly Score[]): HTMLElement {
  if (scores.length === 0) return make('p', {}, 'The card states no measurement.')
  const head = ['Label', 'From', 'Dice, median', 'Lowest to highest', 'Subjects (n)']
  return make('div', {}, [
    make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Scores' }, [
      make('table', {}, [
        make('thead', {}, [
          make(
            'tr',
            {},
            head.map((text, n) => make('th', { scope: 'col', class: n > 1 ? 'number' : '' }, text)),
          ),
        ]),
        make(
          'tbody',
          {},
          scores.map(({ label, from, median, lowest, highest, n }) =>
            make('tr', {}, [
              make('th', { scope: 'row' }, label),
              make('td', {}, from),
              make('td', { class: 'number' }, median.toFixed(2)),
              make('td', { class: 'number' }, `${lowest.toFixed(2)} to ${highest.toFixed(2)}`),
              make('td', { class: 'number' }, String(n)),
            ]),
          ),
        ),
      ]),
    ]),
    make(
      'p',
      { class: 'small' },
      'Dice: 1 is the same voxels as the truth, 0 none of them. Truths differ in kind; the card names each.',
    ),
  ])
}
