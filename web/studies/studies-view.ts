/** Studies that came from the PACS, what became of each, and the way to its result. */
import { fill, freshId, make } from '../dom.ts'
import { problemCard } from '../problem-card.ts'
import { wordsOf } from '../server/request.ts'
import { listStudies, type Study, takeStudy } from '../server/studies.ts'
import type { View } from '../view.ts'
import { when } from '../words.ts'

const STATES: Readonly<Record<Study['state'], string>> = {
  open: 'waiting for more of it',
  ready: 'waiting to be computed',
  running: 'running',
  done: 'done',
  parked: 'put aside: a person has to look',
  ignored: 'ignored',
}

export async function studiesView(): Promise<View> {
  const list = make('div')
  const said = make('div')
  const draw = (studies: readonly Study[] | null) => fill(list, studyTable(studies))
  draw(await listStudies())
  const element = make('section', {}, [
    make('h1', {}, 'Studies of the PACS'),
    make(
      'p',
      { class: 'lead' },
      'They come by the rules of the configuration. No names are known here: a study is found by its UID.',
    ),
    takeForm(said, async () => draw(await listStudies())),
    said,
    list,
  ])
  return { title: 'Studies', element }
}

function studyTable(studies: readonly Study[] | null): HTMLElement {
  if (studies === null) return make('p', {}, 'There is no PACS here, or you may not see it.')
  if (studies.length === 0) return make('p', {}, 'None has come yet.')
  const head = ['Study', 'From', 'Came', 'State', 'Computed from', 'Result'].map((text) =>
    make('th', { scope: 'col' }, text),
  )
  return make('div', { class: 'card scroll', tabindex: 0, role: 'region', 'aria-label': 'Studies' }, [
    make('table', {}, [make('thead', {}, [make('tr', {}, head)]), make('tbody', {}, studies.map(studyRow))]),
  ])
}

function studyRow({ studyInstanceUid, source, created, state, reason, chosen, job, lastError }: Study): HTMLElement {
  const why = [STATES[state], reason, lastError].filter((part) => part !== null).join(' · ')
  const from = chosen.map(({ channel, instances }) => `${channel} (${instances})`).join(', ')
  return make('tr', {}, [
    make('th', { scope: 'row', class: 'uid' }, studyInstanceUid),
    make('td', {}, source),
    make('td', {}, when(created)),
    make('td', {}, why),
    make('td', {}, from || '–'),
    make('td', {}, [
      job === null
        ? '–'
        : make('a', { href: `#/job/${job.id}`, 'aria-label': `Look at it: ${studyInstanceUid}` }, 'Look at it'),
    ]),
  ])
}

function takeForm(said: HTMLElement, then: () => Promise<void>): HTMLElement {
  const id = freshId('uid')
  const uid = make('input', { id, pattern: '[0-9]+(\\.[0-9]+)+', maxlength: 64, required: true, autocomplete: 'off' })
  async function take(): Promise<void> {
    fill(said)
    try {
      await takeStudy(uid.value.trim())
      uid.value = ''
      await then()
    } catch (error) {
      fill(said, problemCard(wordsOf(error)))
    }
  }
  return make(
    'form',
    { class: 'field' },
    [make('label', { for: id }, 'Fetch a study by its UID'), uid, make('button', {}, 'Fetch it')],
    {
      submit(event) {
        event.preventDefault()
        void take()
      },
    },
  )
}
