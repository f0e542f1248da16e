/** Your scans, the latest first: how far each is, and what can be done with it. */
import { button, fill, make } from '../dom.ts'
import { problemCard, sentence } from '../problem-card.ts'
import { jobList, onJobs, refreshJobs } from '../server/job-list.ts'
import { isEnded, type Job, removeJob } from '../server/jobs.ts'
import { jobTitle, millilitres, progressLine, stateWord, when } from '../words.ts'

/** Kept up to date until it is closed. */
export function jobRows(): { readonly element: HTMLElement; readonly close: () => void } {
  const list = make('ul', { class: 'jobs' })
  const said = make('div')
  const rows = new Map<string, { readonly key: string; readonly row: HTMLElement }>()
  function draw(): void {
    const { jobs, isKnown, problem } = jobList()
    fill(said, problem && problemCard(problem), isKnown && !problem && jobs.length === 0 && make('p', {}, 'None yet.'))
    const wanted = jobs.map((job) => {
      const key = JSON.stringify(job)
      const known = rows.get(job.id)
      if (known?.key === key) return known.row
      const isFocused = known?.row.contains(document.activeElement) ?? false
      const row = jobRow(job)
      rows.set(job.id, { key, row })
      // A row that is drawn again keeps whoever stands in it.
      if (isFocused) queueMicrotask(() => row.querySelector<HTMLElement>('a, button')?.focus())
      return row
    })
    fill(list, ...wanted)
  }
  draw()
  const stop = onJobs(draw)
  const element = make('section', { class: 'queue' }, [make('h2', {}, 'Your scans'), said, list])
  return { element, close: stop }
}

function jobRow(job: Job): HTMLElement {
  const { id, state, problem } = job
  const title = jobTitle(job)
  const isDone = state === 'succeeded'
  const act = () =>
    void removeJob(id)
      .catch(() => {})
      .then(refreshJobs)
  return make('li', { class: `job ${state}` }, [
    make('p', { class: 'title' }, [isDone ? make('a', { href: `#/job/${id}` }, title) : title]),
    make('p', { class: 'small' }, `${when(job.created)} · ${job.model ?? 'default model'}`),
    isDone ? resultLine(job) : make('p', { class: 'state' }, state === 'failed' ? stateWord(state) : progressLine(job)),
    state === 'running' && bar(job, title),
    problem !== undefined && make('p', { class: 'doubt' }, sentence(problem.detail)),
    make('p', { class: 'actions' }, [
      isDone && make('a', { class: 'button', href: `#/job/${id}`, 'aria-label': `Look at it: ${title}` }, 'Look at it'),
      button(isEnded(job) ? 'Remove' : 'Cancel', act, {
        'aria-label': isEnded(job) ? `Remove ${title}, with its results` : `Cancel ${title}`,
      }),
    ]),
  ])
}

function resultLine({ report }: Job): HTMLElement | null {
  if (report === undefined) return null
  const { lesions, warnings } = report
  const found =
    lesions.count === null ? 'Lesions not assessable' : `${lesions.count} lesions, ${millilitres(lesions.totalMl)} mL`
  const warned =
    warnings.length === 0 ? '' : ` · ${warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`}`
  return make('p', { class: 'state' }, `Done · ${found}${warned}`)
}

function bar({ progress }: Job, title: string): HTMLElement {
  const { stage, done, total } = progress
  // Nearly all of the time goes into the network; what comes before and after it has no measure of its own.
  const share = stage === 'infer' ? done / total : stage === 'decode' || stage === 'preprocess' ? 0 : 1
  return make('progress', { max: 1, value: share, 'aria-label': `Progress of ${title}` })
}
