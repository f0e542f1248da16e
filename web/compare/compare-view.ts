/** Two of your results, to be compared as two dates of one patient; and the comparisons there are. */

import { button, fill, freshId, make } from '../dom.ts'
import { problemCard } from '../problem-card.ts'
import { type Comparison, compareJobs, listComparisons, removeComparison } from '../server/comparisons.ts'
import { isEnded, type Job, listJobs } from '../server/jobs.ts'
import { wordsOf } from '../server/request.ts'
import type { View } from '../view.ts'
import { jobTitle, progressLine, when } from '../words.ts'
import { titleOf } from './comparison-view.ts'

export async function compareView(): Promise<View> {
  const [jobs, comparisons] = await Promise.all([listJobs(), listComparisons()])
  const done = jobs.filter(({ state }) => state === 'succeeded')
  const said = make('div')
  const list = make('ul', { class: 'jobs' })
  const drawList = (all: readonly Comparison[]) =>
    fill(list, ...(all.length === 0 ? [make('li', {}, 'None yet.')] : all.map((one) => comparisonRow(one, refresh))))
  async function refresh(): Promise<void> {
    try {
      drawList(await listComparisons())
    } catch (error) {
      fill(said, problemCard(wordsOf(error)))
    }
  }
  drawList(comparisons)
  const element = make('section', {}, [
    make('h1', {}, 'Compare two dates'),
    make('p', { class: 'lead' }, [
      'Two results of one patient are laid on each other; what became of each lesion is told, and which changes are larger ',
      'than two scans of one day would show.',
    ]),
    make('div', { class: 'start' }, [
      done.length < 2
        ? make('p', { class: 'card' }, 'Two finished results are needed. Send the scans of both dates first.')
        : pairForm(done, said),
      make('section', { class: 'queue' }, [make('h2', {}, 'Your comparisons'), list]),
    ]),
    said,
  ])
  return { title: 'Compare', element }
}

function pairForm(done: readonly Job[], said: HTMLElement): HTMLElement {
  // The list is the latest first: what was sent before is the date before, until somebody says otherwise.
  const before = jobSelect('Before', done, 1)
  const after = jobSelect('After', done, 0)
  const nameId = freshId('name')
  const name = make('input', { id: nameId, maxlength: 100, autocomplete: 'off' })
  async function compare(): Promise<void> {
    fill(said)
    try {
      const { id } = await compareJobs(before.value(), after.value(), name.value.trim())
      location.hash = `#/comparison/${id}`
    } catch (error) {
      fill(said, problemCard(wordsOf(error)))
    }
  }
  return make(
    'form',
    { class: 'card' },
    [
      before.element,
      after.element,
      make('p', { class: 'field' }, [make('label', { for: nameId }, 'Your name for it (optional)'), name]),
      make('button', { class: 'primary' }, 'Compare'),
    ],
    {
      submit(event) {
        event.preventDefault()
        void compare()
      },
    },
  )
}

function jobSelect(label: string, jobs: readonly Job[], chosen: number) {
  const id = freshId('date')
  const options = jobs.map((job, at) =>
    make('option', { value: job.id, selected: at === chosen }, `${jobTitle(job)}, sent ${when(job.created)}`),
  )
  const select = make('select', { id }, options)
  return {
    element: make('p', { class: 'field' }, [make('label', { for: id }, label), select]),
    value: () => select.value,
  }
}

function comparisonRow(comparison: Comparison, refresh: () => Promise<void>): HTMLElement {
  const { id, state } = comparison
  const title = titleOf(comparison)
  const remove = () =>
    void removeComparison(id)
      .catch(() => {})
      .then(refresh)
  return make('li', { class: `job ${state}` }, [
    make('p', { class: 'title' }, [make('a', { href: `#/comparison/${id}` }, title)]),
    make('p', { class: 'state' }, `${when(comparison.created)} · ${progressLine(comparison)}`),
    make('p', { class: 'actions' }, [
      button(isEnded(comparison) ? 'Remove' : 'Cancel', remove, {
        'aria-label': `${isEnded(comparison) ? 'Remove' : 'Cancel'} ${title}`,
      }),
    ]),
  ])
}
