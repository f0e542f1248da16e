/** A job without a result: how far it is, or why there is none. */
import { button, fill, make } from '../dom.ts'
import { problemCard } from '../problem-card.ts'
import { jobList, onJobs, refreshJobs } from '../server/job-list.ts'
import { isEnded, type Job, removeJob } from '../server/jobs.ts'
import type { View } from '../view.ts'
import { jobTitle, progressLine } from '../words.ts'

/** The page goes on to the result by itself when there is one. */
export function unfinishedView(first: Job): View {
  const title = jobTitle(first)
  const body = make('div')
  const cancel = () =>
    void removeJob(first.id)
      .catch(() => {})
      .then(refreshJobs)
  function draw(job: Job): void {
    fill(
      body,
      make('p', { role: 'status' }, progressLine(job)),
      job.problem !== undefined && problemCard(job.problem),
      !isEnded(job) && button('Cancel', cancel),
      make('p', {}, [make('a', { href: '#/' }, 'All scans')]),
    )
  }
  draw(first)
  void refreshJobs()
  const stop = onJobs(() => {
    const job = jobList().jobs.find((one) => one.id === first.id)
    if (job?.state === 'succeeded') window.dispatchEvent(new HashChangeEvent('hashchange'))
    else if (job !== undefined) draw(job)
  })
  return { title, element: make('section', { class: 'narrow' }, [make('h1', {}, title), body]), close: stop }
}
