/** How much of what: the legend of the map and its volumes in one table. */
import type { Report } from '../../src/inference/report.ts'
import { make } from '../dom.ts'
import type { Card } from '../server/models.ts'
import type { ColouredLabel } from '../viewer/viewer.ts'
import { NOT_ASSESSABLE, percent, sureness } from '../words.ts'

/** Decimals that volumes of a report are shown with: as many as the longest of them has, so that they stand under each other. */
export function decimalsIn({ labels, lesions }: Pick<Report, 'labels' | 'lesions'>): number {
  const volumes = [...labels, ...(lesions.list ?? [])].flatMap(({ volumeMl }) => (volumeMl === null ? [] : [volumeMl]))
  return Math.max(0, ...volumes.map((volume) => String(volume).split('.')[1]?.length ?? 0))
}

/**
 * The volume of all labels but the background together, as `intracranial_ml` of a cohort's table; null where a tissue is not
 * assessable, for then nobody knows it.
 */
export function intracranialMl({ labels }: Pick<Report, 'labels'>, card: Card): number | null {
  const isTissue = (value: number) => card.labels[value]?.kind === 'tissue'
  if (labels.some(({ value, volumeMl }) => isTissue(value) && volumeMl === null)) return null
  return labels.reduce((sum, { value, volumeMl }) => (value === 0 ? sum : sum + (volumeMl ?? 0)), 0)
}

/** @param was of the original, where the report is that of a corrected map: what differs is shown beside it */
export function volumeTable(report: Report, card: Card, was: Report | null = null): HTMLElement {
  const decimals = decimalsIn(report)
  const whole = intracranialMl(report, card)
  const digits = (volume: number | null) => (volume === null ? NOT_ASSESSABLE : volume.toFixed(decimals))
  const rows = report.labels.flatMap((label) => {
    const colour = card.labels[label.value]
    if (label.value === 0 || colour === undefined) return []
    const before = was?.labels.find(({ value }) => value === label.value)?.volumeMl ?? null
    const isChanged = was !== null && before !== label.volumeMl
    const isNumber = label.volumeMl !== null
    return [
      make('tr', { 'data-label': label.value, 'data-ml': label.volumeMl }, [
        make('th', { scope: 'row' }, [
          swatch(colour),
          label.name,
          label.reliability === 'low' && make('em', {}, ' low reliability'),
        ]),
        make('td', { class: isNumber ? 'number' : 'unknown', colspan: isNumber ? null : 3 }, [
          digits(label.volumeMl),
          isChanged && make('small', {}, ` was ${digits(before)}`),
        ]),
        isNumber && make('td', { class: 'number' }, percent(label.volumeMl, whole) ?? '–'),
        isNumber && make('td', { class: 'number' }, sureness(label.confidence)),
      ]),
    ]
  })
  const head = ['Label', 'mL', '% intracranial', 'Sure'].map((text, n) =>
    make('th', { scope: 'col', class: n > 0 ? 'number' : '' }, text),
  )
  return make('section', { class: 'card' }, [
    make('h2', {}, 'Volumes'),
    make('table', { class: 'volumes' }, [
      make('thead', {}, [make('tr', {}, head)]),
      make('tbody', {}, rows),
      whole !== null &&
        make('tfoot', {}, [
          make('tr', {}, [
            make('th', { scope: 'row' }, 'Intracranial: all of these'),
            make('td', { class: 'number' }, whole.toFixed(decimals)),
            make('td', { class: 'number' }, '100 %'),
            make('td'),
          ]),
        ]),
    ]),
    missingNote(report, card),
    make(
      'p',
      { class: 'small' },
      'Sure: the mean probability that the model gave to its own choice. It is not calibrated.',
    ),
  ])
}

/** The colour of a label beside its name; who sees no colours has the name. */
export function swatch({ color }: Pick<ColouredLabel, 'color'>): HTMLElement {
  const square = make('span', { class: 'swatch', 'aria-hidden': 'true' })
  square.style.backgroundColor = `rgb(${color.join(' ')})`
  return square
}

function missingNote({ labels, usedChannels }: Report, card: Card): HTMLElement | null {
  const missing = labels.filter(({ value, volumeMl }) => value > 0 && volumeMl === null)
  if (missing.length === 0) return null
  const used = usedChannels.map((name) => card.channels.find((channel) => channel.name === name)?.title ?? name)
  const names = missing.map(({ name }) => name).join(', ')
  return make(
    'p',
    { class: 'note' },
    `From ${used.join(' and ')} alone this model cannot tell whether there is any ${names}. It is not 0: nothing is known of it.`,
  )
}
