/** The first view: choose a model and scans, see what they are, send them, and what became of the others. */
import { announce, button, fill, freshId, make } from '../dom.ts'
import { problemCard } from '../problem-card.ts'
import { knowJob, refreshJobs } from '../server/job-list.ts'
import { type Card, readCards } from '../server/models.ts'
import { wordsOf } from '../server/request.ts'
import type { View } from '../view.ts'
import { counted } from '../words.ts'
import { type Choice, moved, NOTHING, notYet, withFileFor, withFiles, without } from './choice.ts'
import { dropArea, fileInput } from './drop-area.ts'
import { jobRows } from './job-rows.ts'
import { optionFields } from './option-fields.ts'
import { placeButtons, scanCard } from './scan-card.ts'
import { send } from './send.ts'
import { studyCard } from './study-card.ts'
import { whatIsMissing, whatItTakes } from './what-comes.ts'

export async function startView(): Promise<View> {
  const cards = await readCards()
  const jobs = jobRows()
  const form = sendForm(cards)
  const intro = make('p', { class: 'lead' }, [
    'A T1, a FLAIR or both go in; one map of tissue and lesions comes back, with volumes. ',
    'Everything stays between this browser and this service.',
  ])
  const element = make('section', {}, [
    make('h1', {}, 'Segment a brain MRI'),
    intro,
    make('div', { class: 'start' }, [form.element, jobs.element]),
  ])
  return {
    title: 'Scans',
    element,
    close() {
      jobs.close()
      form.close()
    },
  }
}

function sendForm(cards: readonly Card[]) {
  let card = cards[0]!
  let choice: Choice = NOTHING
  let sending: AbortController | null = null
  let asking = new AbortController()
  const model = modelSelect(cards, (chosen) => {
    card = chosen
    draw()
  })
  const drop = dropArea(take)
  const slots = make('div', { class: 'slots' })
  const said = make('div')
  const options = optionFields()
  const before = make('p', { class: 'note', role: 'status' })
  const progress = make('progress', { max: 1, value: 0, hidden: true, 'aria-label': 'Sending' })
  const submit = make('button', { class: 'primary' }, 'Segment')
  const stop = button('Stop sending', () => sending?.abort(), { hidden: true })

  const channels = () => card.channels.map(({ name }) => name)
  function choose(next: Choice): void {
    choice = next
    draw()
  }
  async function take(files: readonly File[], channel?: string): Promise<void> {
    if (files.length === 0) return
    fill(said)
    drop.setBusy(true)
    try {
      const next =
        channel === undefined
          ? await withFiles(choice, files, channels())
          : await withFileFor(choice, files[0]!, channel)
      choose(next)
      announce(`${counted(files.length, 'file')} looked at. ${before.textContent}`)
    } catch (error) {
      fill(said, problemCard(wordsOf(error)))
    }
    drop.setBusy(false)
  }
  function slotOf({ name, title }: Card['channels'][number]): HTMLElement {
    const picked = choice.slots[name]
    const own = picked && [
      button(
        'It is right',
        () => choose({ ...choice, slots: { ...choice.slots, [name]: { ...picked, isProposed: false } } }),
        {
          hidden: !picked.isProposed,
        },
      ),
      ...placeButtons(card.channels, name, (channel) => choose(moved(choice, picked, channel))),
      button('Take it out', () => choose(without(choice, picked)), {
        'aria-label': `Take it out: ${picked.file.name}`,
      }),
    ]
    return make('section', { class: 'slot', 'data-channel': name }, [
      make('h2', {}, title),
      picked ? scanCard(picked, own!) : fileInput(`Choose a file for ${title}`, (files) => take(files, name)),
    ])
  }
  function draw(): void {
    const study = choice.study && studyCard(choice.study, card.channels, () => choose(NOTHING))
    const unplaced = choice.unplaced.map((picked) =>
      make('section', { class: 'slot unplaced' }, [
        make('h2', {}, 'Which scan is this?'),
        scanCard(picked, [
          ...placeButtons(card.channels, null, (channel) => choose(moved(choice, picked, channel))),
          button('Take it out', () => choose(without(choice, picked))),
        ]),
      ]),
    )
    fill(slots, ...(study ? [study] : card.channels.map(slotOf)), ...unplaced)
    const missing = notYet(choice, channels(), card.required)
    submit.disabled = missing !== null || sending !== null
    before.textContent = missing ?? whatIsMissing(card, choice)
    asking.abort()
    if (missing === null) askAhead()
  }
  /** Adds what the service says of time and memory, unless something else is chosen by then. */
  function askAhead(): void {
    asking = new AbortController()
    const { signal } = asking
    whatItTakes(card, choice, signal).then(
      (text) => {
        if (!signal.aborted) before.textContent = `${whatIsMissing(card, choice)}${text}`
      },
      // It can be sent all the same.
      () => {},
    )
  }
  async function submitted(): Promise<void> {
    const stopper = new AbortController()
    sending = stopper
    progress.hidden = stop.hidden = false
    fill(said)
    draw()
    try {
      const job = await send(
        choice,
        { model: card.id, ...options.read() },
        (share) => {
          progress.value = share
        },
        stopper.signal,
      )
      knowJob(job)
      announce('The scans were sent. Their progress stands under Your scans.')
      choice = NOTHING
      options.clear()
      void refreshJobs()
    } catch (error) {
      if (!stopper.signal.aborted) fill(said, problemCard(wordsOf(error)))
    }
    sending = null
    progress.hidden = stop.hidden = true
    draw()
  }
  const element = make(
    'form',
    { class: 'send' },
    [
      model,
      drop.element,
      slots,
      options.element,
      before,
      make('p', { class: 'actions' }, [submit, stop, progress]),
      said,
    ],
    {
      submit: (event) => {
        event.preventDefault()
        void submitted()
      },
    },
  )
  draw()
  return { element, close: () => sending?.abort() }
}

function modelSelect(cards: readonly Card[], choose: (card: Card) => void): HTMLElement {
  const id = freshId('model')
  const use = make('p', { id: freshId('use'), class: 'small' }, cards[0]!.intendedUse)
  const select = make(
    'select',
    { id, 'aria-describedby': use.id },
    cards.map((card) => make('option', { value: card.id }, `${card.title} (${card.id} ${card.version})`)),
    {
      change() {
        const card = cards[select.selectedIndex]!
        use.textContent = card.intendedUse
        choose(card)
      },
    },
  )
  return make('div', {}, [
    make('p', { class: 'field' }, [
      make('label', { for: id }, 'Model'),
      select,
      make('a', { href: '#/models' }, 'What it can and cannot do'),
    ]),
    use,
  ])
}
