/**
 * Correct and recount: labels are painted over the scan, the volumes follow each stroke, and the service counts the lesions again
 * when the map is saved. The original stays as it was.
 */
import type { Report } from '../../src/inference/report.ts'
import { announce, button, fill, make } from '../dom.ts'
import { problemCard } from '../problem-card.ts'
import { getCorrection, putCorrection, removeCorrection } from '../server/corrections.ts'
import { type Job, jobPath } from '../server/jobs.ts'
import type { Card } from '../server/models.ts'
import { wordsOf } from '../server/request.ts'
import type { Viewer } from '../viewer/viewer.ts'
import { brush } from './brush.ts'
import { withVoxelsOf } from './corrected-map.ts'
import { saveFrom } from './downloads.ts'
import { labelsOf } from './scans-of.ts'

export interface CorrectionOptions {
  readonly job: Job
  readonly card: Card
  /** The report of the original map. */
  readonly report: Report
  readonly viewer: () => Viewer | null
  /** Shows the scan that the map lies on, and resolves when it is shown; false where there is none. */
  readonly showScanOfMap: () => Promise<boolean>
  /** Volumes as they are painted now; null: as they were. */
  readonly onStroke: (volumes: Report | null) => void
  /** What is shown from now on: the corrected map, or the original. */
  readonly onSaved: (corrected: Report | null) => void
}

export function correction(options: CorrectionOptions, isCorrected: boolean): HTMLElement {
  const { job, card } = options
  const said = make('div')
  const tools = brush(card, options.viewer)
  const element = make('section', { class: 'card' })
  let hasCorrection = isCorrected
  let isOriginalShown = !isCorrected

  async function attempt(what: () => Promise<void>): Promise<void> {
    fill(said)
    try {
      await what()
    } catch (error) {
      fill(said, problemCard(wordsOf(error)))
    }
  }
  async function begin(): Promise<void> {
    const isThere = await options.showScanOfMap()
    const viewer = options.viewer()
    if (!isThere || viewer === null || !viewer.startPainting(() => options.onStroke(volumesNow()))) {
      throw new Error('the scan that the map lies on is needed to paint on it')
    }
    tools.start()
    drawPainting()
    announce('Painting began. The left button paints in the three planes.')
  }
  function volumesNow(): Report | null {
    const painted = options.viewer()?.painted() ?? null
    return painted === null ? null : recounted(options.report, painted)
  }
  async function save(): Promise<void> {
    const viewer = options.viewer()
    if (viewer === null) return
    const map = await withVoxelsOf(await labelsOf(job), await viewer.paintedFile())
    const report = await putCorrection(job.id, map)
    viewer.stopPainting()
    hasCorrection = true
    show(report)
    announce('The corrected map is saved, and its lesions were counted again.')
  }
  function stop(): void {
    options.viewer()?.stopPainting()
    options.onStroke(null)
    drawAtRest()
  }
  function show(report: Report | null): void {
    isOriginalShown = report === null
    options.onSaved(report)
    drawAtRest()
  }
  async function remove(): Promise<void> {
    await removeCorrection(job.id)
    hasCorrection = false
    show(null)
  }
  async function other(): Promise<void> {
    show(isOriginalShown ? await getCorrection(job.id) : null)
  }
  function drawAtRest(): void {
    fill(
      element,
      make('h2', {}, hasCorrection ? (isOriginalShown ? 'Original map' : 'Corrected map') : 'Correct the map'),
      make(
        'p',
        { class: 'small' },
        'Paint labels over the scan. The original map is kept beside the corrected one, and lesions are counted again when you save.',
      ),
      make('p', { class: 'actions' }, [
        button(hasCorrection && !isOriginalShown ? 'Correct it further' : 'Correct it', () => void attempt(begin)),
        hasCorrection &&
          button(isOriginalShown ? 'Show the corrected map' : 'Show the original', () => void attempt(other)),
        hasCorrection &&
          button('Corrected map (NIfTI)', () => void attempt(() => saveFrom(jobPath(job.id, '/correction')))),
        hasCorrection &&
          button('Training case (zip)', () => void attempt(() => saveFrom(jobPath(job.id, '/training-case')))),
        hasCorrection && button('Remove the correction', () => void attempt(remove)),
      ]),
      said,
    )
  }
  function drawPainting(): void {
    fill(
      element,
      make('h2', {}, 'Painting'),
      tools.element,
      make('p', { class: 'actions' }, [
        button('Save and recount', () => void attempt(save), { class: 'primary' }),
        button('Leave it as it was', stop),
      ]),
      said,
    )
    element.querySelector<HTMLElement>('input')?.focus()
  }
  drawAtRest()
  return element
}

/** The volumes of painted voxels in the form of a report; lesions are counted by the service only. */
export function recounted(report: Report, painted: Uint8Array): Report {
  const counts = new Uint32Array(256)
  for (const value of painted) counts[value]! += 1
  const voxelMl = voxelMlOf(report)
  const decimals = Math.max(0, Math.ceil(-Math.log10(voxelMl)))
  const labels = report.labels.map((label) => {
    const voxels = counts[label.value]!
    if (label.voxels === null && voxels === 0) return label
    return { ...label, voxels, volumeMl: Number((voxels * voxelMl).toFixed(decimals)) }
  })
  return { ...report, labels }
}

function voxelMlOf({ input, gridChannel }: Report): number {
  return (input[gridChannel]?.spacingMm ?? [1, 1, 1]).reduce((product, mm) => product * mm, 1) / 1000
}
