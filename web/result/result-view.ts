/** A segmentation: while it runs, why it failed, or its result to look at and check. */
import type { Report } from '../../src/inference/report.ts'
import { announce, button, fill, make } from '../dom.ts'
import { problemCard } from '../problem-card.ts'
import { jobList, onJobs, refreshJobs } from '../server/job-list.ts'
import { getJob, isEnded, type Job, removeJob } from '../server/jobs.ts'
import { keepScans } from '../server/local-scans.ts'
import { type Card, channelTitle, readCards } from '../server/models.ts'
import { wordsOf } from '../server/request.ts'
import type { View } from '../view.ts'
import type { Files, Mm } from '../viewer/viewer.ts'
import { openPanel, type Panel } from '../viewer/viewer-panel.ts'
import { jobTitle, progressLine, when } from '../words.ts'
import { aboutResult } from './about.ts'
import { downloadList } from './downloads.ts'
import { lesionTable } from './lesions.ts'
import { confidenceOf, labelsOf, scanOf } from './scans-of.ts'
import { volumeTable } from './volumes.ts'
import { warningList } from './warnings.ts'

export async function resultView(id: string): Promise<View> {
  const [job, cards] = await Promise.all([getJob(id), readCards()])
  if (job.report === undefined) return unfinishedView(job)
  const card = cards.find((one) => one.id === job.report!.model.id)
  if (card === undefined)
    throw new Error(`the model ${job.report.model.id} does not serve any more, and with it went its labels`)
  return finishedView(job, job.report, card)
}

function unfinishedView(first: Job): View {
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

function finishedView(job: Job, report: Report, card: Card): View {
  const title = jobTitle(job)
  const side = make('div', { class: 'side' })
  const place = make('div', { class: 'looking' }, [
    make('p', { class: 'card', role: 'status' }, 'Getting the map and the scans …'),
  ])
  const said = make('div')
  const failed = (error: unknown) => fill(said, problemCard(wordsOf(error)))
  let panel: Panel | null = null
  let isClosed = false

  const lesions = lesionTable(report, card, ({ centroidMm, boxMm, label, volumeMl, place: where }, n) => {
    panel?.viewer.goToLabel(mm(centroidMm), label, { min: mm(boxMm.min), max: mm(boxMm.max) })
    announce(`Lesion ${n}, ${volumeMl} mL${where ? `, ${where}` : ''}, is in the middle of the crosshair.`)
  })
  fill(
    side,
    warningList(report.warnings),
    volumeTable(report, card),
    lesions.element,
    downloadList(job, report, failed),
    aboutResult(job, report, card),
  )
  const element = make('section', { class: 'result' }, [
    make('h1', {}, [title, job.name !== undefined && make('small', {}, ` ${when(job.created)}`)]),
    said,
    make('div', { class: 'columns' }, [place, side]),
  ])
  return {
    title,
    element,
    shown() {
      lookAt(place, { job, report, card }, lesions.step).then((opened) => {
        panel = opened
        if (isClosed) opened.close()
      }, failed)
    },
    close() {
      isClosed = true
      panel?.close()
    },
  }
}

interface Finished {
  readonly job: Job
  readonly report: Report
  readonly card: Card
}

const mm = ([x, y, z]: readonly number[]): Mm => [x!, y!, z!]

/** Opens the viewer, with the scan that the map lies on. */
async function lookAt(
  host: HTMLElement,
  { job, report, card }: Finished,
  stepLesion: (by: 1 | -1) => void,
): Promise<Panel> {
  const panel: Panel = await openPanel(host, {
    title: `Scan and label map of ${jobTitle(job)}`,
    labels: card.labels,
    stepLesion,
    chooseScan: (name) => void show(name),
  })
  const scans = new Map<string, File>()
  for (const channel of report.usedChannels) {
    const file = await scanOf(job, channel)
    if (file !== null) scans.set(channelTitle(card, channel), file)
  }
  async function show(name: string | null, files: Files = {}): Promise<void> {
    const scan = name === null ? null : (scans.get(name) ?? null)
    await panel.viewer.show({ ...files, scan }, card.labels)
    panel.setScans([...scans.keys()], name)
  }
  const ofMap = channelTitle(card, report.gridChannel)
  const first = scans.has(ofMap) ? ofMap : (scans.keys().next().value ?? null)
  const [labels, confidence] = await Promise.all([labelsOf(job), confidenceOf(job)])
  await show(first, { labels, confidence })
  panel.setUnsureAvailable(confidence !== null)
  const largest = report.lesions.list?.[0]
  if (largest !== undefined) {
    const { centroidMm, label, boxMm } = largest
    panel.viewer.goToLabel(mm(centroidMm), label, { min: mm(boxMm.min), max: mm(boxMm.max) })
  }
  if (scans.size === 0) panel.element.prepend(missingScans(job, report, card))
  return panel
}

/** The service keeps scans only as long as it needs them: then the map is shown alone, or over a scan from the disk of whoever looks. */
function missingScans(job: Job, report: Report, card: Card): HTMLElement {
  const channel = report.gridChannel
  const input = make('input', { type: 'file' }, [], {
    change: () => {
      const file = input.files?.[0]
      if (file === undefined) return
      keepScans(job.id, { [channel]: file })
      window.dispatchEvent(new HashChangeEvent('hashchange'))
    },
  })
  return make('p', { class: 'note' }, [
    'The service has not kept the scan, so the map is shown alone. ',
    make('label', {}, [`Show it over the ${channelTitle(card, channel)} from your disk (it is not sent): `, input]),
  ])
}
