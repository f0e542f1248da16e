/** The lesions one by one; a click, or Enter, goes to where one lies. */
import type { LesionReport } from '../../src/inference/lesion-report.ts'
import type { Report } from '../../src/inference/report.ts'
import { button, fill, make } from '../dom.ts'
import type { Card } from '../server/models.ts'
import { counted, sureness } from '../words.ts'
import { decimalsIn, swatch } from './volumes.ts'

const FIRST_SHOWN = 15

export interface LesionTable {
  readonly element: HTMLElement
  /** Goes to the next lesion, or back. */
  step(by: 1 | -1): void
}

/** @param goTo shows the lesion, of which it is the n-th from 1 */
export function lesionTable(report: Report, card: Card, goTo: (lesion: LesionReport, n: number) => void): LesionTable {
  const { lesions } = report
  const list = lesions.list ?? []
  const decimals = decimalsIn(report)
  const body = make('tbody')
  let chosen = -1
  let shown = Math.min(FIRST_SHOWN, list.length)
  const buttons: HTMLButtonElement[] = []
  const more = button('', () => {
    shown = list.length
    draw()
    buttons[FIRST_SHOWN]?.focus()
  })
  function choose(at: number): void {
    const lesion = list[at]
    if (lesion === undefined) return
    chosen = at
    if (at >= shown) {
      shown = list.length
      draw()
    }
    mark()
    goTo(lesion, at + 1)
  }
  function mark(): void {
    buttons.forEach((one, at) => {
      one.closest('tr')?.classList.toggle('chosen', at === chosen)
      if (at === chosen) one.setAttribute('aria-current', 'true')
      else one.removeAttribute('aria-current')
    })
  }
  function draw(): void {
    buttons.length = 0
    const rows = list.slice(0, shown).map((lesion, at) => {
      const go = button(`Lesion ${at + 1}`, () => choose(at), { class: 'link' })
      buttons.push(go)
      const colour = card.labels[lesion.label]
      const cells = [
        make('th', { scope: 'row' }, [colour ? swatch(colour) : null, go]),
        make('td', { class: 'number' }, lesion.volumeMl.toFixed(decimals)),
        make('td', {}, lesion.place ?? '–'),
        make('td', { class: 'number' }, lesion.diameterMm.toFixed(0)),
        make('td', { class: 'number' }, sureness(lesion.confidence)),
      ]
      return make('tr', { 'data-lesion': at + 1 }, cells, {
        click: ({ target }) => {
          if (target instanceof Element && target.closest('button') === null) choose(at)
        },
      })
    })
    fill(body, ...rows)
    more.hidden = shown >= list.length
    more.textContent = `Show all ${list.length}`
    mark()
  }
  draw()
  const head = ['Lesion', 'mL', 'Place', 'mm across', 'Sure'].map((text, n) =>
    make('th', { scope: 'col', class: n === 1 || n > 2 ? 'number' : '' }, text),
  )
  const table = make('table', { class: 'lesions' }, [make('thead', {}, [make('tr', {}, head)]), body])
  const element = make('section', { class: 'card' }, [
    make('h2', {}, 'Lesions'),
    make('p', { class: 'found' }, foundLine(report)),
    list.length > 0 && table,
    list.length > 0 && more,
    lesions.places !== null &&
      list.length > 0 &&
      make('details', {}, [
        make('summary', {}, 'How places are told'),
        make('p', { class: 'small' }, lesions.places.rule),
      ]),
  ])
  return {
    element,
    step: (by) => list.length > 0 && choose((chosen + by + list.length) % list.length),
  }
}

/** In one line; what cannot be known is said so. */
export function foundLine({ lesions }: Pick<Report, 'lesions'>): string {
  const { count, totalMl, largestMl } = lesions
  if (count === null) return 'Not assessable from these scans. That is not “none”: nothing is known of them.'
  if (count === 0) return 'None found. A map without lesions does not mean that there are none.'
  return `${counted(count, 'lesion')}, together ${totalMl} mL, the largest ${largestMl} mL.`
}
