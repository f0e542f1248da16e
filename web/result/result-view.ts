/** A segmentation: while it runs, why it failed, or its result to look at, check and correct. */
import type { Report } from '../../src/inference/report.ts'
import { announce, fill, make } from '../dom.ts'
import { problemCard } from '../problem-card.ts'
import { getCorrection } from '../server/corrections.ts'
import { getJob, jobPath } from '../server/jobs.ts'
import { readCards } from '../server/models.ts'
import { wordsOf } from '../server/request.ts'
import type { View } from '../view.ts'
import { jobTitle, when } from '../words.ts'
import { aboutResult } from './about.ts'
import { correction } from './correction.ts'
import { downloadList } from './downloads.ts'
import { type LesionTable, lesionTable } from './lesions.ts'
import { type Finished, goToLesion, type Looking, lookAt } from './look-at.ts'
import { fileFrom, labelsOf } from './scans-of.ts'
import { unfinishedView } from './unfinished-view.ts'
import { volumeTable } from './volumes.ts'
import { warningList } from './warnings.ts'

export async function resultView(id: string): Promise<View> {
  const [job, cards] = await Promise.all([getJob(id), readCards()])
  const { report } = job
  if (report === undefined) return unfinishedView(job)
  const card = cards.find((one) => one.id === report.model.id)
  if (card === undefined)
    throw new Error(`the model ${report.model.id} does not serve any more, and its labels are not known`)
  return finishedView({ job, report, card }, job.corrected ? await getCorrection(id) : null)
}

/** @param corrected the report of the corrected map, which is then shown first */
function finishedView(finished: Finished, corrected: Report | null): View {
  const { job, report, card } = finished
  const title = jobTitle(job)
  const place = make('div', { class: 'looking' }, [
    make('p', { class: 'card', role: 'status' }, 'Getting the map and the scans …'),
  ])
  const said = make('div')
  const numbers = make('div')
  const downloads = make('div')
  const failed = (error: unknown) => fill(said, problemCard(wordsOf(error)))
  let looking: Looking | null = null
  let lesions: LesionTable | null = null
  let isClosed = false

  const mapOf = (of: Report | null) =>
    of === null ? labelsOf(job) : fileFrom(jobPath(job.id, '/correction'), 'corrected.nii.gz')
  /** @param now of what is shown; null: the original */
  function draw(now: Report | null): void {
    const shown = now ?? report
    lesions = lesionTable(shown, card, (lesion, n) => {
      if (looking !== null) goToLesion(looking.panel, lesion)
      const { volumeMl, place: where } = lesion
      announce(`Lesion ${n}, ${volumeMl} mL${where ? `, ${where}` : ''}, is in the middle of the crosshair.`)
    })
    fill(numbers, volumeTable(shown, card, now && report), lesions.element)
    fill(downloads, downloadList(job, shown, failed))
  }
  draw(corrected)
  const correcting = correction(
    {
      job,
      card,
      report,
      viewer: () => looking?.panel.viewer ?? null,
      showScanOfMap: async () => (await looking?.showScanOfMap()) ?? false,
      onStroke: (volumes) => {
        if (volumes === null) return draw(corrected)
        numbers.querySelector('section')?.replaceWith(volumeTable(volumes, card, report))
      },
      onSaved: (now) => {
        corrected = now
        draw(now)
        void mapOf(now)
          .then((file) => looking?.showLabels(file))
          .catch(failed)
      },
    },
    corrected !== null,
  )
  const element = make('section', { class: 'result' }, [
    make('h1', {}, [title, job.name !== undefined && make('small', {}, ` ${when(job.created)}`)]),
    said,
    make('div', { class: 'columns' }, [
      place,
      make('div', { class: 'side' }, [
        warningList(report.warnings),
        numbers,
        correcting,
        downloads,
        aboutResult(job, report, card),
      ]),
    ]),
  ])
  return {
    title,
    element,
    shown() {
      const first = corrected === null ? Promise.resolve(null) : mapOf(corrected)
      first
        .then((file) => lookAt(place, finished, (by) => lesions?.step(by), file))
        .then((opened) => {
          looking = opened
          if (isClosed) opened.panel.close()
        })
        .catch(failed)
    },
    close() {
      isClosed = true
      looking?.panel.close()
    },
  }
}
