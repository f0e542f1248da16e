/** The picture of a result: its scans, its label map over them, and where the model was unsure. */
import type { LesionReport } from '../../src/inference/lesion-report.ts'
import type { Report } from '../../src/inference/report.ts'
import { make } from '../dom.ts'
import type { Job } from '../server/jobs.ts'
import { keepScans } from '../server/local-scans.ts'
import { type Card, channelTitle } from '../server/models.ts'
import type { Files, Mm } from '../viewer/viewer.ts'
import { openPanel, type Panel } from '../viewer/viewer-panel.ts'
import { jobTitle } from '../words.ts'
import { confidenceOf, hasScan, labelsOf, scanOf } from './scans-of.ts'

export interface Finished {
  readonly job: Job
  readonly report: Report
  readonly card: Card
}

export interface Looking {
  readonly panel: Panel
  /** Shows the scan that the map lies on; false where it is not at hand. */
  showScanOfMap(): Promise<boolean>
  showLabels(file: File): Promise<void>
}

const mm = ([x, y, z]: readonly number[]): Mm => [x!, y!, z!]

/** To the voxel of the lesion that is nearest to its middle. */
export function goToLesion({ viewer }: Panel, { centroidMm, label, boxMm }: LesionReport): void {
  viewer.goToLabel(mm(centroidMm), label, { min: mm(boxMm.min), max: mm(boxMm.max) })
}

/** @param host is in the page already @param first a map to show in the place of the original */
export async function lookAt(
  host: HTMLElement,
  { job, report, card }: Finished,
  stepLesion: (by: 1 | -1) => void,
  first: File | null,
): Promise<Looking> {
  const panel: Panel = await openPanel(host, {
    title: `Scan and label map of ${jobTitle(job)}`,
    labels: card.labels,
    stepLesion,
    chooseScan: (name) => void show(name),
  })
  const titles = new Map(
    report.usedChannels.filter((name) => hasScan(job, name)).map((name) => [channelTitle(card, name), name]),
  )
  const scans = new Map<string, File>()
  /** A scan is fetched when it is looked at. */
  async function scanNamed(title: string): Promise<File> {
    const scan = scans.get(title) ?? (await scanOf(job, titles.get(title)!))
    scans.set(title, scan)
    return scan
  }
  async function show(title: string | null, files: Files = {}): Promise<void> {
    await panel.viewer.show({ ...files, scan: title === null ? null : await scanNamed(title) }, card.labels)
    panel.setScans([...titles.keys()], title)
  }
  const ofMap = channelTitle(card, report.gridChannel)
  const shownFirst = titles.has(ofMap) ? ofMap : (titles.keys().next().value ?? null)
  const [labels, confidence] = await Promise.all([
    first ?? labelsOf(job),
    confidenceOf(job),
    shownFirst === null ? null : scanNamed(shownFirst),
  ])
  await show(shownFirst, { labels, confidence })
  panel.setUnsureAvailable(confidence !== null)
  const largest = report.lesions.list?.[0]
  if (largest !== undefined) goToLesion(panel, largest)
  if (titles.size === 0) panel.element.prepend(missingScans(job, report, card))
  return {
    panel,
    async showScanOfMap() {
      if (!titles.has(ofMap)) return false
      await show(ofMap)
      return true
    },
    showLabels: (file) => panel.viewer.show({ labels: file }, card.labels),
  }
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
